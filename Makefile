# The commands of this project. Every one installs what it needs first and can be run again at any time.
.DEFAULT_GOAL := help
.PHONY: help setup build cli demo test bench lint torture

help: ## Show this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the servers that demo and tests start (apt, npm); quick when all is there
	@tests/setup.sh

build: ## Build everything, warnings as errors
	@dotnet build BuilderDrFunctions.sln -v quiet --nologo

cli: ## Pack builder-dr, the command line, as a .NET tool
	@dotnet pack src/BuilderDrFunctions.Cli -c Release -v quiet --nologo
	@echo "dotnet tool install --global --add-source artifacts/package/release BuilderDr.Cli"

demo: setup ## Back up a stand-in Builder twice, end to end, and show it
	@dotnet build tests/BuilderDrFunctions.Demo -c Release -v quiet --nologo
	@dotnet run --no-build -c Release --project tests/BuilderDrFunctions.Demo

test: setup ## Run every test; ends with "N passed, N failed, N skipped"
	@tests/run.sh

bench: setup ## Run the benchmarks; ONLY=dump|runtime|mirror|restore|merge runs one group
	@dotnet run -c Release --project tests/BuilderDrFunctions.Benchmarks -- $(if $(ONLY),--only $(ONLY))

torture: setup ## Kill the embedded runtime 200 times, the app 100 times amid replacements and 100 times amid merges, and bare merges 200 times; nothing is lost or done twice; merges of 200,000 packages are held against their sources row for row
	@dotnet run -c Release --project tests/BuilderDrFunctions.Torture
	@dotnet build tests/BuilderDrFunctions.ServerTests -v quiet --nologo
	@REPLACE_KILLS=100 artifacts/bin/BuilderDrFunctions.ServerTests/debug/BuilderDrFunctions.ServerTests -noLogo -showLiveOutput -class '*ReplaceTortureTests'
	@MERGE_KILLS=100 artifacts/bin/BuilderDrFunctions.ServerTests/debug/BuilderDrFunctions.ServerTests -noLogo -showLiveOutput -class '*MergeKillTests'
	@MERGE_APP_KILLS=100 artifacts/bin/BuilderDrFunctions.ServerTests/debug/BuilderDrFunctions.ServerTests -noLogo -showLiveOutput -class '*MergeAppKillTests'
	@MERGE_SIZE=l artifacts/bin/BuilderDrFunctions.ServerTests/debug/BuilderDrFunctions.ServerTests -noLogo -showLiveOutput -class '*ShardMergeTests' -class '*DatabaseMergeTests'

lint: ## Check formatting, analyzers and the infrastructure files
	@dotnet restore BuilderDrFunctions.sln -v quiet --nologo
	@dotnet format BuilderDrFunctions.sln --verify-no-changes --no-restore
	@infra/check.sh
