namespace BuilderDrFunctions.Sandbox.FaultyS3;

/// <summary>What goes wrong when an upload in parts is completed.</summary>
public enum CompletionLoss
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The service joins the parts, but its answer is lost; asked again, it knows of no such upload any more, as MinIO.</summary>
    Answer,

    /// <summary>The service does not know the upload: somebody removed it.</summary>
    Upload,
}
