using BuilderDrFunctions.Catalog;

namespace BuilderDrFunctions.Merge;

/// <summary>Times the stages of a merge, one after the other.</summary>
internal sealed class MergeClock(TimeProvider time)
{
    private readonly List<MergeStage> _stages = [];
    private long _begun = time.GetTimestamp();

    /// <summary>The stages ended so far.</summary>
    public IReadOnlyList<MergeStage> Stages => [.. _stages];

    /// <summary>Ends a stage; the next one begins.</summary>
    public void End(string stage)
    {
        _stages.Add(new MergeStage(stage, Math.Round(time.GetElapsedTime(_begun).TotalSeconds, 3)));
        _begun = time.GetTimestamp();
    }
}
