using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BuilderDrFunctions.Sandbox.Secrets;

/// <summary>Searches what was said, as it is said, for secrets, in one pass for all of them; and keeps which was found where.</summary>
public sealed class SecretSearch
{
    // What is shorter stands anywhere by chance.
    private const int Shortest = 8;
    private const int MostFindings = 100;

    private readonly Lock gate = new();
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly List<string> findings = [];
    private SearchValues<string> values = SearchValues.Create([], StringComparison.Ordinal);

    /// <summary>What was found so far: secret, place and line.</summary>
    public IReadOnlyList<string> Findings
    {
        get
        {
            lock (gate)
            {
                return [.. findings];
            }
        }
    }

    /// <summary>Searches for these too from now on, as they are and as JSON, addresses and pages write them.</summary>
    public void Add(IEnumerable<Secret> secrets)
    {
        lock (gate)
        {
            foreach (var secret in secrets.Where(secret => secret.Value.Length >= Shortest))
            {
                foreach (var form in new[]
                {
                    secret.Value, JsonEncodedText.Encode(secret.Value).ToString(), Uri.EscapeDataString(secret.Value), HtmlEncoder.Default.Encode(secret.Value),
                })
                {
                    names.TryAdd(form, secret.Name);
                }
            }

            values = SearchValues.Create([.. names.Keys], StringComparison.Ordinal);
        }
    }

    /// <summary>Searches a text.</summary>
    /// <param name="place">What it is, for messages.</param>
    /// <param name="text">What was said there.</param>
    public void Search(string place, string text)
    {
        lock (gate)
        {
            var from = 0;
            for (int found; (found = text.AsSpan(from).IndexOfAny(values)) >= 0;)
            {
                var at = from + found;
                var line = text.AsSpan(0, at).Count('\n') + 1;
                foreach (var name in names.Where(name => text.AsSpan(at).StartsWith(name.Key, StringComparison.Ordinal)).Select(name => name.Value))
                {
                    Keep(string.Create(CultureInfo.InvariantCulture, $"{name}: {place}, line {line}"));
                }

                from = at + 1;
            }
        }
    }

    /// <summary>Fails whoever searched, if anything was found.</summary>
    /// <exception cref="SecretToldException">A secret was told.</exception>
    public void ThrowIfTold()
    {
        if (Findings is { Count: > 0 } told)
        {
            throw new SecretToldException(told);
        }
    }

    private void Keep(string finding)
    {
        // An address or a command line may hold it.
        finding = names.Keys.Aggregate(finding, (said, form) => said.Replace(form, "…", StringComparison.Ordinal));
        if (findings.Count < MostFindings && !findings.Contains(finding, StringComparer.Ordinal))
        {
            findings.Add(finding);
        }
    }
}
