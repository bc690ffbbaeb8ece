#!/usr/bin/env bash
# Checks everything under infra/ as far as that goes without a cloud account and without a container engine. `make lint` calls it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
failures=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "infra: $1" >&2
    [ ! -s "${2:-/dev/null}" ] || sed 's/^/    /' "$2" >&2
    failures=$((failures + 1))
}

# Runs a command that says nothing when all is well: its exit code and every word it says count.
silent() {
    local what=$1
    shift
    { "$@" > "$work/said" 2>&1 && [ ! -s "$work/said" ]; } || fail "$what" "$work/said"
}

# Runs a command whose exit code alone counts.
passes() {
    local what=$1
    shift
    "$@" > "$work/said" 2>&1 || fail "$what" "$work/said"
}

install_tools() {
    declare -A packages=([docker-compose]=docker-compose [jq]=jq [npx]=npm [shellcheck]=shellcheck [systemd-analyze]=systemd [yamllint]=yamllint)
    local missing=() sudo=()
    for program in "${!packages[@]}"; do
        command -v "$program" > /dev/null || missing+=("${packages[$program]}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    echo "installing ${missing[*]}"
    if ! { "${sudo[@]}" apt-get -o DPkg::Lock::Timeout=600 update \
        && "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}"; } > "$work/apt" 2>&1; then
        tail -20 "$work/apt" >&2
        exit 1
    fi
}

check_bicep() {
    dotnet restore check/Bicep.csproj --verbosity quiet
    local found bicep file
    found=$(dotnet msbuild check/Bicep.csproj -getProperty:NuGetPackageRoot -getProperty:BicepVersion)
    bicep=$(jq -r '.Properties | .NuGetPackageRoot + "azure.bicep.commandline.linux-x64/" + .BicepVersion + "/tools/bicep"' <<< "$found")
    # lint says every warning too, types that do not fit among them, and exits with 0
    silent "bicep lint" "$bicep" lint --pattern '**/*.bicep'
    mkdir "$work/formatted"
    cp -r main.bicep app bicepconfig.json "$work/formatted"
    (cd "$work/formatted" && "$bicep" format --pattern '**/*.bicep')
    for file in main.bicep app/*.bicep; do
        cmp -s "$work/formatted/$file" "$file" || fail "$file is not formatted. HINT: bicep format $file"
    done
    silent "main.bicep: bicep build" "$bicep" build main.bicep --outfile "$work/main.json"
    jq -r '.parameters | keys[]' main.parameters.json | while read -r name; do
        jq -e --arg name "$name" '.parameters | has($name)' "$work/main.json" > /dev/null || echo "$name"
    done > "$work/unknown"
    [ ! -s "$work/unknown" ] || fail "main.parameters.json names parameters that main.bicep has not" "$work/unknown"
}

# What the queries look for must be what the app says: every text in quotes that is more than one word stands in a log message.
check_queries() {
    local text
    { grep -ohE '(startswith|has) "[^"]* [^"]*"' app/queries/*.kql app/alerts.bicep || true; } | sed -E 's/^[a-z]+ "//; s/"$//' | sort -u | while IFS= read -r text; do
        # this one is Durable Functions' own
        [ "$text" = "failed with an error" ] || grep -rqF --include='*Log.cs' "$text" ../src/BuilderDrFunctions || echo "$text"
    done > "$work/unsaid"
    [ ! -s "$work/unsaid" ] || fail "queries look for texts that no log message of the app has" "$work/unsaid"
}

# A schedule that the host cannot resolve leaves its function out, and nothing is backed up.
check_schedules() {
    local setting
    { grep -rohE --include='*.cs' 'TimerTrigger\("%[^%]+%' ../src/BuilderDrFunctions || true; } | sed -E 's/.*%(.*)%/\1/; s/:/__/g' | sort -u | while read -r setting; do
        grep -q "^  $setting:" app/settings.bicep || echo "$setting"
    done > "$work/unset"
    [ ! -s "$work/unset" ] || fail "timers need settings that app/settings.bicep does not set" "$work/unset"
}

# A timer that is to be kept warm is named by its function.
check_warm_timers() {
    local timer
    { jq -r '.parameters.alwaysReadyTimers.defaultValue[]' "$work/main.json" || true; } | while read -r timer; do
        grep -rqF --include='*.cs' "[Function(nameof($timer))]" ../src/BuilderDrFunctions || echo "$timer"
    done > "$work/unknown"
    [ ! -s "$work/unknown" ] || fail "alwaysReadyTimers names functions that the app has not" "$work/unknown"
}

check_self_hosted() {
    silent "YAML" yamllint --strict -d '{extends: relaxed, rules: {line-length: disable}}' ../azure.yaml self-hosted/compose.yaml
    # Debian's docker-compose is too old for the project's name
    sed '/^name:/d' self-hosted/compose.yaml > "$work/compose.yaml"
    sed 's/=$/=eA==/' self-hosted/env.example > "$work/env"
    passes "compose.yaml" docker-compose --env-file "$work/env" --project-directory self-hosted --file "$work/compose.yaml" config --quiet

    for file in container/Dockerfile self-hosted/Dockerfile; do
        passes "$file" npx --yes --loglevel=error dockerfile-utils@0.16.3 lint "$file"
    done

    # the program is not installed here
    sed 's|^ExecStart=.*|ExecStart=/bin/true|' self-hosted/builder-dr.service > "$work/builder-dr.service"
    silent "builder-dr.service" systemd-analyze verify --man=no "$work/builder-dr.service"
    passes "builder-dr.service is more exposed than 2.0" systemd-analyze security --no-pager --offline=true --threshold=20 "$work/builder-dr.service"

    silent "shell" shellcheck check.sh self-hosted/hab/plan.sh
    for file in self-hosted/hab/hooks/*; do
        sed -E 's/\{\{[^}]*\}\}/x/g' "$file" > "$work/$(basename "$file")"
        silent "$file" shellcheck --shell=sh "$work/$(basename "$file")"
    done
}

install_tools
check_bicep
check_queries
check_schedules
check_warm_timers
check_self_hosted
if [ "$failures" -gt 0 ]; then
    echo "infra: $failures problems" >&2
    exit 1
fi
echo "infra: all checks passed"
