# The completions in each shell, and the man page in those that read such pages.
source "$(dirname "$0")/lib.sh"

# in_bash WORD…: what bash offers for the last word.
in_bash() {
    bash --norc -c 'source "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _ssehub 2>/dev/null
        echo "${COMPREPLY[*]}"' bash "$DEPLOY/completions/ssehub.bash" "$@"
}
check "bash: options" "--heartbeat --head-deadline" "$(in_bash ssehub --he | sed 's/ --help//')"
check "bash: commands" "check" "$(in_bash ssehub che)"
check "bash: commands of a command" "export" "$(in_bash ssehub log ex)"
check "bash: options of a command" "--data --topic --after --help" "$(in_bash ssehub log export --)"
check "bash: options of another" "--topic --after --ca --help" "$(in_bash ssehub log follow --)"
check "bash: the server's options to be checked" "--config" "$(in_bash ssehub check --conf)"
check "bash: values" "warn" "$(in_bash ssehub --log w)"
check "bash: values behind an equals sign" "yes no" "$(in_bash ssehub --anonymous-read =)"
check "bash: values that have begun" "yes" "$(in_bash ssehub --anonymous-read = y)"
check "bash: files" "$TMP/" "$(in_bash ssehub --data "${TMP%/}" | sed 's#[^/]$#&/#')"
check "bash: nothing for a duration" "" "$(in_bash ssehub --idle '')"

# in_terminal SHELL… TEXT: the line after TEXT and a tab in a real terminal.
in_terminal() {
    local text=${*: -1} session=$BASHPID
    terminal new-session -d -s "$session" -x 200 -y 20 "${@:1:$#-1}"
    terminal send-keys -t "$session" "source $TMP/complete; clear" Enter
    wait_until line_is '%'
    terminal send-keys -t "$session" -l "$text"
    wait_until line_is "% $text"
    terminal send-keys -t "$session" Tab
    wait_until line_is_not "% $text"
    line | sed 's/^% //'
    terminal kill-session -t "$session"
}
terminal() { tmux -L "ssehub-$$" -f /dev/null "$@" 2>/dev/null; }
line() { terminal capture-pane -p -t "$session" | sed -n '1s/ *$//p'; }
line_is() { [[ $(line) == "$1" ]]; }
line_is_not() { [[ $(line) != "$1" ]]; }
# The server of the terminals must not end between two of them.
terminal new-session -d -s first

cat >"$TMP/complete" <<END
PS1='% '
source $DEPLOY/completions/ssehub.bash
END
in_real_bash() { in_terminal bash --norc "$1"; }
check "bash in a terminal: an option" "ssehub --presence-grace" "$(in_real_bash 'ssehub --pre')"
check "bash in a terminal: a value" "ssehub --log=debug" "$(in_real_bash 'ssehub --log=de')"
check "bash in a terminal: a file" "ssehub --data $TMP/complete" "$(in_real_bash "ssehub --data $TMP/com")"

cat >"$TMP/complete" <<END
PS1='%% '
fpath=($DEPLOY/completions \$fpath)
autoload -U compinit
compinit -u -d $TMP/dump
END
in_zsh() { in_terminal zsh -f "$1"; }
check "zsh: an option" "ssehub --presence-grace=" "$(in_zsh 'ssehub --pre')"
check "zsh: a command" "ssehub health" "$(in_zsh 'ssehub hea')"
check "zsh: a command of a command" "ssehub log export" "$(in_zsh 'ssehub log ex')"
check "zsh: an option of a command" "ssehub log export --after=" "$(in_zsh 'ssehub log export --af')"
check "zsh: an option to be checked" "ssehub check --presence-grace=" "$(in_zsh 'ssehub check --pre')"
check "zsh: a value" "ssehub --log=debug" "$(in_zsh 'ssehub --log=de')"

terminal kill-server

# in_fish LINE: what fish offers.
in_fish() {
    HOME=$TMP fish --no-config -c "source $DEPLOY/completions/ssehub.fish; complete -C '$1'" | cut -f 1 | xargs
}
check "fish: options" "--presence-grace" "$(in_fish 'ssehub --pre')"
check "fish: commands" "check" "$(in_fish 'ssehub che')"
check "fish: commands of a command" "export" "$(in_fish 'ssehub log ex')"
check "fish: options of a command" "--after" "$(in_fish 'ssehub log export --af')"
check "fish: none of the server's for a command" "" "$(in_fish 'ssehub key --pre')"
check "fish: values" "yes" "$(in_fish 'ssehub --anonymous-read y')"

check "the man page: mandoc" "" "$(mandoc -T lint -W warning "$DEPLOY/ssehub.1" 2>&1 | grep -v 'missing date')"
check "the man page: groff" "" "$(groff -ww -man -Tutf8 -z "$DEPLOY/ssehub.1" 2>&1)"
matches "the man page: an option" "--idle DURATION" "$(mandoc -T ascii "$DEPLOY/ssehub.1" | col -b)"
