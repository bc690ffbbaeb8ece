using BuilderDrFunctions.Benchmarks;
using BuilderDrFunctions.Benchmarks.Dump;
using BuilderDrFunctions.Benchmarks.Mirror;
using BuilderDrFunctions.Benchmarks.Runtime;

return args switch
{
    [DumpChild.Word, ..] => await DumpChild.RunAsync(args, CancellationToken.None),
    [ServedProcess.Verb, var stateFolder, var port] => await ServedProcess.ServeAsync(stateFolder, port),
    [MirrorWorker.Command, .. var work] => await MirrorWorker.RunAsync(work, CancellationToken.None),
    _ => await BenchCommand.RunAsync(args, BenchGroups.All, CancellationToken.None),
};
