using BuilderDrFunctions.Durability;

namespace BuilderDrFunctions.Mirror;

/// <summary>Passes progress on to the operation.</summary>
internal sealed class LinkProgress(OperationLink link) : IProgress<MirrorProgress>
{
    public void Report(MirrorProgress value) => link.Report(value.Bytes, value.TotalBytes, value.Objects, value.TotalObjects);
}
