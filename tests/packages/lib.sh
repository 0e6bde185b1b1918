# What every test of packages uses: what those with curl use.
HERE=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
DEPLOY=$(realpath "$HERE/../../deploy")
source "$HERE/../curl/lib.sh"
