# ssehub alone in an image: one static binary, no shell, a user without rights, a volume for the log.
#
#   docker build -t ssehub .
#   docker run -p 8080:8080 -v ssehub:/data ssehub --api-keys /data/keys
#
# The settings are options, or variables of the environment; docs/configuration.md has them.

FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
RUN cargo build --locked --release --bin ssehub && install -D target/release/ssehub /out/ssehub && mkdir /out/data

FROM scratch
COPY --from=build /out/ssehub /ssehub
COPY --from=build --chown=65532:65532 /out/data /data
# A platform that chooses the port says so in PORT; SSEHUB_LISTEN and --listen take its place.
ENV PORT=8080 SSEHUB_DATA=/data/log.redb
USER 65532:65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK CMD ["/ssehub", "health"]
ENTRYPOINT ["/ssehub"]
