#!/bin/sh
# Stands in for Habitat's command on a Builder host: asks the sandbox's supervisor by way of files, and like the real one does not wait.
set -eu
state='@STATE@'
tools='@TOOLS@'

fail() { printf '\342\234\227\342\234\227\342\234\227\n\342\234\227\342\234\227\342\234\227 %s\n\342\234\227\342\234\227\342\234\227\n' "$1" >&2; exit 1; }
ask() { printf '%s\n' "$2" > "$state/.$1.$$"; mv "$state/.$1.$$" "$state/$1"; }
told() { cat "$state/$1"; }
known() {
    case "$1" in
        habitat/builder-api | habitat/builder-api/*) [ "$(told loaded)" = yes ] ;;
        habitat/builder-*) [ -e "$state/beside-${1#habitat/}" ] ;;
        *) false ;;
    esac
}
# The services beside the API go up and down at once. Everything that is told is kept in order.
is_beside() { [ "$1" != habitat/builder-api ]; }
note() { printf '%s %s\n' "$1" "$2" >> "$state/told"; }
need_supervisor() { [ ! -e "$state/unreachable" ] || fail 'Unable to contact the Supervisor.'; }

case "${1:-} ${2:-}" in
'--version ' | '-V ')
    echo 'hab 1.6.1243/20241227194506'
    ;;
'svc status')
    need_supervisor
    if [ -n "${3:-}" ]; then
        known "$3" || fail "Service not loaded, $3"
        if is_beside "$3"; then
            beside=$(told "beside-${3#habitat/}")
            printf '%-42s  %-10s  %-7s  %-5s  %-11s  %-6s  %s\n' package type desired state 'elapsed (s)' pid group
            printf '%-42s  %-10s  %-7s  %-5s  %-11s  %-6s  %s\n' "$3/1/20250912120435" standalone "$beside" "$beside" 1 1 "${3#habitat/}.default"
            exit 0
        fi
    elif [ "$(told loaded)" != yes ]; then
        echo 'No services loaded.'
        exit 0
    fi
    # written whole by the supervisor: state, since when, process id
    read -r up since pid < "$state/process"
    printf '%-42s  %-10s  %-7s  %-5s  %-11s  %-6s  %s\n' package type desired state 'elapsed (s)' pid group
    printf '%-42s  %-10s  %-7s  %-5s  %-11s  %-6s  %s\n' habitat/builder-api/10240/20250912120435 standalone \
        "$(told desired)" "$up" "$(($(date +%s) - since))" "$pid" builder-api.default
    ;;
'svc stop')
    need_supervisor
    known "${3:-}" || fail "Service not loaded, ${3:-}"
    note stop "$3"
    if is_beside "$3"; then
        ask "beside-${3#habitat/}" down
        exit 0
    fi
    if [ "$(told desired)" = up ]; then
        ask desired down
        echo "Supervisor stopping $3. See the Supervisor output for more details."
    fi
    ;;
'svc start')
    need_supervisor
    known "${3:-}" || fail "Service not loaded, ${3:-}"
    note start "$3"
    if is_beside "$3"; then
        ask "beside-${3#habitat/}" up
        exit 0
    fi
    if [ "$(told desired)" = down ]; then
        ask desired up
        echo "Supervisor starting $3. See the Supervisor output for more details."
    fi
    ;;
'svc load')
    need_supervisor
    [ "${3:-}" = habitat/builder-api ] || fail "Cannot find a release of package: ${3:-}"
    if [ "$(told loaded)" = yes ]; then
        case " $* " in
            *' --force '*) ;;
            *) fail "Service already loaded: '$3'" ;;
        esac
    fi
    ask desired up
    ask loaded yes
    echo "The $3 service was successfully loaded"
    ;;
'svc unload')
    need_supervisor
    known "${3:-}" || fail "Service not loaded, ${3:-}"
    ask desired down
    ask loaded no
    echo "Unloading $3"
    ;;
'pkg exec')
    # hab pkg exec core/postgresql17 pg_dump …
    case "${3:-}" in
        core/postgresql*) ;;
        *) fail "Cannot find a release of package: ${3:-}" ;;
    esac
    tool=${4:?}
    shift 4
    exec "$tools/$tool" "$@"
    ;;
*)
    fail "error: unrecognized subcommand '${1:-} ${2:-}'"
    ;;
esac
