using System.Globalization;

namespace BuilderDrFunctions.Postgres;

/// <summary>Tells in which tables and kinds of object two databases differ.</summary>
public static class FingerprintComparison
{
    /// <summary>The differences, one sentence each; none when <paramref name="actual"/> holds what <paramref name="expected"/> says.</summary>
    /// <param name="expected">As the backup has it.</param>
    /// <param name="actual">As it was found now, by the same algorithm.</param>
    public static IReadOnlyList<string> Compare(DatabaseFingerprint expected, DatabaseFingerprint actual)
    {
        if (!string.Equals(expected.Algorithm, actual.Algorithm, StringComparison.Ordinal))
        {
            return [$"the fingerprints cannot be compared: one is of kind {expected.Algorithm}, the other of kind {actual.Algorithm}"];
        }

        var differences = new List<string>();
        if (!string.Equals(expected.Schema.Encoding, actual.Schema.Encoding, StringComparison.Ordinal))
        {
            differences.Add($"the encoding is {actual.Schema.Encoding} instead of {expected.Schema.Encoding}");
        }

        differences.AddRange(Tables(expected.Tables, actual.Tables));
        differences.AddRange(Objects(expected.Schema, actual.Schema));
        differences.AddRange(Sequences(expected.Schema.Sequences, actual.Schema.Sequences));
        return differences;
    }

    private static IEnumerable<string> Tables(IReadOnlyList<TableFingerprint> expected, IReadOnlyList<TableFingerprint> actual)
    {
        var found = actual.ToDictionary(table => new SqlName(table.Schema, table.Table));
        foreach (var table in expected)
        {
            if (!found.Remove(new SqlName(table.Schema, table.Table), out var other))
            {
                yield return $"table {Name(table)} is missing";
            }
            else if (table.Rows != other.Rows)
            {
                yield return $"table {Name(table)} has {Number(other.Rows)} rows instead of {Number(table.Rows)}";
            }
            else if (!string.Equals(table.Digest, other.Digest, StringComparison.Ordinal))
            {
                yield return $"table {Name(table)} has other content in its {Number(table.Rows)} rows";
            }
        }

        foreach (var extra in found.Keys.Order(SqlName.Order))
        {
            yield return $"table {extra.Schema}.{extra.Name} should not be there";
        }
    }

    private static IEnumerable<string> Objects(SchemaFacts expected, SchemaFacts actual)
    {
        var found = actual.Objects.ToDictionary(kind => kind.Kind, StringComparer.Ordinal);
        foreach (var kind in expected.Objects)
        {
            var other = found.GetValueOrDefault(kind.Kind) ?? new ObjectFacts(kind.Kind, 0, "", "");
            if (kind.Count != other.Count)
            {
                yield return $"there are {Number(other.Count)} {kind.Kind} instead of {Number(kind.Count)}";
            }
            else if (!string.Equals(kind.Names, other.Names, StringComparison.Ordinal))
            {
                yield return $"the names of the {Number(kind.Count)} {kind.Kind} differ";
            }
            else if (!string.Equals(kind.Definitions, other.Definitions, StringComparison.Ordinal)
                && (expected.ServerMajor == actual.ServerMajor || kind.Kind == SchemaQueries.LargeObjectKind))
            {
                yield return $"the definitions of the {Number(kind.Count)} {kind.Kind} differ";
            }
        }
    }

    private static IEnumerable<string> Sequences(IReadOnlyList<SequenceFacts> expected, IReadOnlyList<SequenceFacts> actual)
    {
        var found = actual.ToDictionary(sequence => new SqlName(sequence.Schema, sequence.Name));
        foreach (var sequence in expected)
        {
            if (!found.TryGetValue(new SqlName(sequence.Schema, sequence.Name), out var other))
            {
                yield return $"sequence {sequence.Schema}.{sequence.Name} is missing";
            }
            else if (other.Position < Math.Min(sequence.Position, sequence.PositionAtEnd) || other.Position > Math.Max(sequence.Position, sequence.PositionAtEnd))
            {
                yield return $"sequence {sequence.Schema}.{sequence.Name} stands at {Number(other.Position)} instead of {Number(sequence.Position)}";
            }
        }
    }

    private static string Name(TableFingerprint table) => $"{table.Schema}.{table.Table}";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
