using System.Text;

namespace BuilderDrFunctions.Postgres;

/// <summary>Reads the script that pg_restore words a dump's rows in: statements, and between them the rows of <c>COPY … FROM stdin</c>.</summary>
/// <remarks>
/// In COPY's text format the only newline of a row is its last byte, and no row is <c>\.</c>; so rows are cut and passed on without looking into them.
/// Memory holds one buffer, however long a row is.
/// </remarks>
/// <param name="script">UTF-8, as pg_restore prints it.</param>
internal sealed class RestoreScript(Stream script)
{
    private const int BufferBytes = 256 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _start;
    private int _end;

    private ReadOnlySpan<byte> Ahead => _buffer.AsSpan(_start, _end - _start);

    private static ReadOnlySpan<byte> EndOfRows => "\\.\n"u8;

    /// <summary>Reads to the end, or until a statement is not wanted.</summary>
    /// <param name="statement">Given every statement that is no COPY; false ends the reading.</param>
    /// <param name="rows">Given rows with their COPY, a piece at a time; a piece that does not end with a row's newline is followed by the rest of that row.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether it was read to its end.</returns>
    /// <exception cref="Faults.PermanentFaultException">It ends in the middle of something.</exception>
    public async Task<bool> ReadAsync(
        Func<string, CancellationToken, ValueTask<bool>> statement, Func<string, ReadOnlyMemory<byte>, CancellationToken, ValueTask> rows, CancellationToken cancellationToken)
    {
        var pending = "";
        while (await ReadLineAsync(cancellationToken) is { } line)
        {
            // Between statements there are comments, empty lines, and words meant for psql alone.
            if (pending.Length == 0 && (line.Length == 0 || line[0] == '\\' || line.StartsWith("--", StringComparison.Ordinal)))
            {
                continue;
            }

            pending = pending.Length == 0 ? line : $"{pending}\n{line}";
            if (pending.StartsWith("COPY ", StringComparison.Ordinal) && pending.EndsWith(" FROM stdin;", StringComparison.Ordinal))
            {
                var copy = pending;
                pending = "";
                await ReadRowsAsync(copy, rows, cancellationToken);
            }
            else if (pending.EndsWith(';') && pending.Count(letter => letter == '\'') % 2 == 0)
            {
                var text = pending;
                pending = "";
                if (!await statement(text, cancellationToken))
                {
                    return false;
                }
            }
        }

        return pending.Length == 0 ? true : throw Broken("a statement");
    }

    private async Task ReadRowsAsync(string copy, Func<string, ReadOnlyMemory<byte>, CancellationToken, ValueTask> rows, CancellationToken cancellationToken)
    {
        var isAtRow = true;
        while (true)
        {
            if (isAtRow && Ahead.StartsWith(EndOfRows))
            {
                _start += EndOfRows.Length;
                return;
            }

            // What may become the end of the rows is not decided before it is all there.
            var length = isAtRow && Ahead.Length < EndOfRows.Length ? 0 : PieceLength();
            if (length == 0)
            {
                if (!await FillAsync(cancellationToken))
                {
                    throw Broken("a table's rows");
                }

                continue;
            }

            var piece = _buffer.AsMemory(_start, length);
            _start += length;
            isAtRow = piece.Span[^1] == '\n';
            await rows(copy, piece, cancellationToken);
        }
    }

    /// <summary>How much of what is ahead may be passed on: whole rows, or a piece of a row that fills the buffer; 0: more must be read first.</summary>
    private int PieceLength()
    {
        var end = Ahead.IndexOf("\n\\.\n"u8);
        var whole = end >= 0 ? end + 1 : Ahead.LastIndexOf((byte)'\n') + 1;
        return whole > 0 ? whole
            : Ahead.Length == _buffer.Length ? Ahead.Length
            : 0;
    }

    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        using var line = new MemoryStream();
        while (true)
        {
            var end = Ahead.IndexOf((byte)'\n');
            line.Write(end >= 0 ? Ahead[..end] : Ahead);
            _start += end >= 0 ? end + 1 : Ahead.Length;
            if (end >= 0)
            {
                return Text();
            }

            if (!await FillAsync(cancellationToken))
            {
                return line.Length > 0 ? Text() : null;
            }
        }

        string Text() => Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        Ahead.CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var read = await script.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }

    private static Faults.PermanentFaultException Broken(string what) => PostgresFaults.ArchiveDamaged($"pg_restore ended in the middle of {what}");
}
