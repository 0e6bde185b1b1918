# Completions of ssehub for bash. Made by `make generate`.
# shellcheck shell=bash disable=SC2207

_ssehub() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    # The shell takes `--idle=10s` for three words.
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()

    case $previous in
    --acme-cache | --acme-contact | --acme-directory | --acme-domain | --address-connections | --admin-listen | --after | --allowed-host | --anonymous-publish-rate | --audience | --body-bytes | --body-deadline | --body-memory | --connections | --cors-origin | --credential-subscriptions | --drain | --drain-spread | --expires | --head-deadline | --heartbeat | --http-redirect | --idle | --issuer | --join-rate | --jwks-refresh | --keep-age | --keep-bytes | --keep-events | --keep-topic-events | --key-env | --kid | --listen | --payload | --presence-grace | --public-url | --publish | --publish-rate | --publisher-jwks-url | --queue-events | --redis | --redis-prefix | --redis-wait | --retry | --socket-mode | --stall | --stream-life | --subject | --subscribe | --subscriber-jwks-url | --threads | --token-audience | --token-issuer | --token-jwks-url | --token-key-env | --topic | --trusted-proxy | --window-bytes | --window-events)
        :
        return
        ;;
    --alg)
        COMPREPLY=($(compgen -W "HS256 HS384 HS512 ES256 ES384 EdDSA" -- "$current"))
        return
        ;;
    --durability)
        COMPREPLY=($(compgen -W "commit interval: none" -- "$current"))
        return
        ;;
    --log-format)
        COMPREPLY=($(compgen -W "human json" -- "$current"))
        return
        ;;
    --log)
        COMPREPLY=($(compgen -W "off error warn info debug" -- "$current"))
        return
        ;;
    --metrics)
        COMPREPLY=($(compgen -W "off granted open" -- "$current"))
        return
        ;;
    --access-log | --anonymous-read | --debug-page | --deduplicate)
        COMPREPLY=($(compgen -W "yes no" -- "$current"))
        return
        ;;
    --api-keys | --ca | --ca-file | --config | --data | --key-file | --publisher-key-file | --redis-password-file | --static-dir | --subscriber-key-file | --tls-cert | --tls-key | --token-key-file)
        compopt -o filenames
        COMPREPLY=($(compgen -f -- "$current"))
        return
        ;;
    esac

    local words
    case "${COMP_WORDS[1]-} ${COMP_WORDS[2]-}" in
    "key "*) words="--publish --subscribe --expires --help" ;;
    "token inspect") words="--key-file --key-env --issuer --audience --help" ;;
    "token "*) words="inspect --key-file --key-env --publish --subscribe --expires --alg --subject --payload --kid --issuer --audience --details --help" ;;
    "log follow") words="--topic --after --key-file --ca --help" ;;
    "log import") words="--data --help" ;;
    "log export") words="--data --topic --after --help" ;;
    "log list") words="--data --help" ;;
    "log "*) words="list export import follow --help" ;;
    "health "*) words="--ca --config --help" ;;
    "check "*) words="--config --listen --admin-listen --socket-mode --metrics --tls-cert --tls-key --acme-domain --acme-cache --acme-contact --acme-directory --http-redirect --threads --connections --drain --drain-spread --log --log-format --access-log --cors-origin --static-dir --open --anonymous-read --api-keys --token-key-file --token-key-env --publisher-key-file --subscriber-key-file --token-jwks-url --publisher-jwks-url --subscriber-jwks-url --jwks-refresh --ca-file --token-issuer --token-audience --public-url --subscriptions --debug-page --data --durability --redis --redis-password-file --redis-prefix --redis-wait --keep-events --keep-bytes --keep-age --keep-topic-events --window-events --window-bytes --deduplicate --heartbeat --retry --presence-grace --queue-events --stall --stream-life --idle --head-deadline --body-deadline --body-bytes --body-memory --allowed-host --trusted-proxy --address-connections --credential-subscriptions --publish-rate --anonymous-publish-rate --join-rate --help" ;;
    *) words="check health log token key --config --listen --admin-listen --socket-mode --metrics --tls-cert --tls-key --acme-domain --acme-cache --acme-contact --acme-directory --http-redirect --threads --connections --drain --drain-spread --log --log-format --access-log --cors-origin --static-dir --open --anonymous-read --api-keys --token-key-file --token-key-env --publisher-key-file --subscriber-key-file --token-jwks-url --publisher-jwks-url --subscriber-jwks-url --jwks-refresh --ca-file --token-issuer --token-audience --public-url --subscriptions --debug-page --data --durability --redis --redis-password-file --redis-prefix --redis-wait --keep-events --keep-bytes --keep-age --keep-topic-events --window-events --window-bytes --deduplicate --heartbeat --retry --presence-grace --queue-events --stall --stream-life --idle --head-deadline --body-deadline --body-bytes --body-memory --allowed-host --trusted-proxy --address-connections --credential-subscriptions --publish-rate --anonymous-publish-rate --join-rate --help --version" ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F _ssehub ssehub
