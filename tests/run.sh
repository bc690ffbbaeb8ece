#!/usr/bin/env bash
# Installs what is missing, builds once, runs every test project and sums up. The last line is "N passed, N failed, N skipped".
# An explicit test is the work of a process that another test starts: it is not counted.
# Fails when a test failed, when a test program broke off, when no test ran, and on CI (CI=true) when a test was skipped.
# Arguments go to every test program, such as: tests/run.sh -class '*PostgresClusterTests'
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
reports=$root/artifacts/test-reports
# a test program that hangs is ended, so that CI says which it was
limit=${TEST_TIMEOUT:-4500}

if ! tests/setup.sh; then
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

echo "building"
if ! dotnet build BuilderDrFunctions.sln --nologo --verbosity quiet; then
    echo "the solution does not build"
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi

rm -rf "$reports"
mkdir -p "$reports"
color=()
[ -t 1 ] || color=(-noColor)
passed=0 failed=0 skipped=0 failures=
for project in tests/*Tests/; do
    name=$(basename "$project")
    report=$reports/$name.json
    echo
    echo "== $name"
    began=$SECONDS
    timeout --signal=INT --kill-after=60 "$limit" \
        "$root/artifacts/bin/$name/debug/$name" -noLogo "${color[@]}" -ctrf "$report" "$@"
    code=$?
    if ! read -r p f s < <(jq -er '.results.summary | "\(.passed) \(.failed + .other) \(.skipped)"' "$report"); then
        # it ended before it could report: that is a failure of its own
        p=0 f=1 s=0
    elif [ "$code" != 0 ] && [ "$f" = 0 ]; then
        f=1
    fi
    # what is set up and cleaned up for several tests is a test of its own when it fails ("other" in the summary, "errors" of the suites)
    failures+=$(jq -r '.results | (.tests[] | select(.status == "failed")), (.extra.suites[].errors[]? | .name = "\(.type) of \(.name)")
        | "\nfailed: \(.name)\n    \((.message // "") | .[:700] | gsub("\n"; "\n    "))"' "$report" 2>/dev/null)
    [ "$code" != 124 ] || echo "$name was ended after $limit s"
    echo "== $name: $p passed, $f failed, $s skipped in $((SECONDS - began)) s"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done

# once more at the end, where a reader of a long log looks first
echo "$failures"
result=0
if [ "$failed" -gt 0 ]; then
    result=1
elif [ "$passed" = 0 ]; then
    echo "no test ran"
    result=1
elif [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    echo "tests were skipped, which CI does not allow: every server must be installed there"
    result=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit "$result"
