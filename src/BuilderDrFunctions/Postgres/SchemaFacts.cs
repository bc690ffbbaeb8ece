namespace BuilderDrFunctions.Postgres;

/// <summary>What a database has besides rows, so that a restore can be seen to have lost none of it.</summary>
/// <remarks>Owners and grants are left out: a restore may map them. So are objects that belong to an extension.</remarks>
/// <param name="ServerMajor">Major version, such as 15 or 9 (for 9.6): definitions are worded differently by another one.</param>
/// <param name="Encoding">The database's encoding, such as <c>UTF8</c>; digests are over bytes in it.</param>
/// <param name="Objects">Count and digests for each kind, in ordinal order of the kind.</param>
/// <param name="Sequences">Every sequence and where it stands.</param>
public sealed record SchemaFacts(
    int ServerMajor,
    string Encoding,
    IReadOnlyList<ObjectFacts> Objects,
    IReadOnlyList<SequenceFacts> Sequences)
{
    /// <summary>The database's locale; null in fingerprints of earlier versions. No part of the digest, since a server may lack it.</summary>
    public DatabaseLocale? Locale { get; init; }
}

/// <summary>All objects of one kind.</summary>
/// <param name="Kind">In the plural, as messages name it: <c>indexes</c>, <c>constraints</c>, <c>functions</c>…</param>
/// <param name="Count">How many.</param>
/// <param name="Names">SHA-256 over their names.</param>
/// <param name="Definitions">SHA-256 over names and definitions.</param>
public sealed record ObjectFacts(string Kind, long Count, string Names, string Definitions);

/// <summary>A sequence. Nothing makes a sequence part of a transaction, so a dump under load sees it somewhere between two readings.</summary>
/// <param name="Schema">Its schema's name.</param>
/// <param name="Name">Its own name.</param>
/// <param name="Position">The value that <c>nextval</c> gives next, read when the fingerprint began.</param>
/// <param name="PositionAtEnd">The same when it ended; equal to <paramref name="Position"/> in a database at rest.</param>
public sealed record SequenceFacts(string Schema, string Name, long Position, long PositionAtEnd);
