using BuilderDrFunctions.Faults;

namespace BuilderDrFunctions.Vault;

/// <summary>A file being staged for a <see cref="FolderVault"/>.</summary>
internal sealed class FolderVaultWriter : VaultWriter
{
    private readonly FolderTree _tree;
    private readonly FileStream _staged;
    private readonly string _path;
    private readonly Func<Exception, long, FaultException?> _translate;
    private readonly StagedContent _content;
    private bool _committed;

    internal FolderVaultWriter(FolderTree tree, FileStream staged, string path, Func<Exception, long, FaultException?> translate)
    {
        _tree = tree;
        _staged = staged;
        _path = path;
        _translate = translate;
        _content = new StagedContent(this);
    }

    public override Stream Content => _content;

    public override async Task<bool> CommitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_committed)
        {
            throw new InvalidOperationException("A blob is committed once.");
        }

        _committed = true;
        try
        {
            // Flushing blocks for as long as the disk takes; not on the caller's thread.
            return await Task.Run(Seal, cancellationToken);
        }
        catch (Exception e) when (_translate(e, _content.Written) is { } fault)
        {
            throw fault;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _staged.DisposeAsync();
        File.Delete(_staged.Name);
    }

    private bool Seal()
    {
        _staged.Flush(flushToDisk: true);
        _staged.Dispose();
        return _tree.TryLink(_staged.Name, _path);
    }

    private sealed class StagedContent(FolderVaultWriter writer) : WriteOnlyStream
    {
        internal long Written { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                await writer._staged.WriteAsync(buffer, cancellationToken);
                Written += buffer.Length;
            }
            catch (Exception e) when (writer._translate(e, Written + buffer.Length) is { } fault)
            {
                throw fault;
            }
        }
    }
}
