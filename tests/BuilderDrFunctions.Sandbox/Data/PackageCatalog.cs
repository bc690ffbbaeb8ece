using System.Globalization;

namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Invents the origins and packages of a Builder; the same ones for the same size and seed. Nothing is kept per package.</summary>
public sealed class PackageCatalog
{
    private const int MostDependencies = 45;

    private static readonly DateTimeOffset FirstUpload = new(2019, 1, 7, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Age = TimeSpan.FromDays(6.5 * 365);
    private static readonly string[] Stems =
    [
        "openssl", "zlib", "curl", "nginx", "redis", "ruby", "python", "node", "glibc", "gcc-libs", "bash", "coreutils", "postgresql", "jq-static", "haproxy",
        "tomcat", "openjdk", "elixir", "erlang", "rust", "libxml2", "libffi", "readline", "ncurses", "sqlite", "git", "perl", "make", "cmake", "protobuf",
    ];

    private static readonly string[] Suffixes = ["", "-app", "-api", "-web", "-worker", "-client", "-tools", "-agent", "-config", "-lib", "-proxy", "-exporter"];
    private static readonly string[] Companies = ["acme", "globex", "initech", "umbra", "hooli", "vandelay", "wonka", "stark", "cyberdyne", "tyrell"];

    private readonly NameModel[] names;
    private readonly int seed;

    /// <summary>Lays out origins and package names.</summary>
    /// <param name="packages">How many packages.</param>
    /// <param name="seed">Other packages for another number.</param>
    /// <param name="origins">How many origins; null: as many as suit the packages.</param>
    public PackageCatalog(int packages, int seed = 1, int? origins = null)
    {
        Packages = packages;
        this.seed = seed;
        var nameCount = Math.Min(packages, Math.Max(40, packages / 12));
        Origins = [.. Enumerable.Range(0, origins ?? Math.Max(3, (int)Math.Sqrt(nameCount))).Select(MakeOrigin)];
        names = new NameModel[nameCount];
        for (var i = 0; i < nameCount; i++)
        {
            names[i] = MakeName(i);
        }
    }

    /// <summary>How many there are.</summary>
    public int Packages { get; }

    /// <summary>The origins; the first is <c>core</c>.</summary>
    public IReadOnlyList<OriginModel> Origins { get; }

    /// <summary>Accounts: every origin's owner and a few members more.</summary>
    public int Accounts => Origins.Count * 4;

    /// <summary>Every origin's package names, with the target they are built for.</summary>
    public IEnumerable<NamedPackage> Names => names.Select((name, number) => new NamedPackage(number, name.Origin, name.Name, name.Target));

    /// <summary>An id such as Builder's: milliseconds since 2014-08-28 in the upper bits, a running number below.</summary>
    public static long Id(int kind, long number) =>
        (((1_546_848_000_000 - 1_409_266_191_000) + ((long)kind * 10_000_000_000) + (number * 7)) << 23) | ((number % 1024) << 13);

    /// <summary>An account's id.</summary>
    public static long AccountId(int number) => Id(1, number);

    /// <summary>An account's name.</summary>
    public static string AccountName(int number) => string.Create(CultureInfo.InvariantCulture, $"builder-user-{number:0000}");

    /// <summary>The packages in the order of their upload: every name's first release, then every name's second, and so on.</summary>
    public IEnumerable<PackageRow> Rows()
    {
        for (var index = 0; index < Packages; index++)
        {
            yield return Row(index);
        }
    }

    /// <summary>The packages of some names alone, in the same order.</summary>
    public IEnumerable<PackageRow> Rows(IReadOnlyCollection<int> nameNumbers)
    {
        for (var first = 0; first < Packages; first += names.Length)
        {
            foreach (var number in nameNumbers.Where(number => first + number < Packages))
            {
                yield return Row(first + number);
            }
        }
    }

    /// <summary>One package.</summary>
    public PackageRow Row(int index)
    {
        var (release, number) = Math.DivRem(index, names.Length);
        var name = names[number];
        var dice = Dice.For(seed, 10, index);
        var uploaded = UploadedAt(index);
        return new PackageRow(
            index, Id(2, index), name.Origin, name.Name, Version(number, release), Release(uploaded), name.Target, uploaded, KeyName(name.Origin, index))
        {
            Deps = Idents(name.Deps, release),
            Tdeps = Idents(name.Tdeps, release),
            BuildDeps = Idents(name.BuildDeps, release),
            BuildTdeps = Idents(name.BuildTdeps, release),
            IsStable = dice.Percent(60),
            Exposes = dice.Percent(15) ? [8000 + dice.Below(2000)] : [],
            Visibility = name.Origin.IsPrivate ? "private" : dice.Percent(2) ? "hidden" : "public",
        };
    }

    private OriginModel MakeOrigin(int number)
    {
        var name = number == 0 ? "core" : Companies[number % Companies.Length] + Suffix(number, Companies.Length, number);
        var revisions = Enumerable.Range(0, 1 + (number % 3)).Select(revision => Release(FirstUpload.AddDays(revision * 700).AddMinutes(-number)));
        return new OriginModel(number, name, AccountId(number * 4), [.. revisions], number % 4 == 3);
    }

    private NameModel MakeName(int number)
    {
        var dice = Dice.For(seed, 11, number);
        // 40 of 100 belong to core, the rest unevenly to the others
        var share = dice.Below(1000) / 1000.0;
        var origin = number < 12 || dice.Percent(40) ? Origins[0] : Origins[1 + (int)(share * share * (Origins.Count - 1))];
        var kinds = Stems.Length * Suffixes.Length;
        var name = Stems[number % Stems.Length] + Suffixes[number / Stems.Length % Suffixes.Length] + Suffix(number, kinds, number / kinds);
        var target = dice.Below(100) switch { < 8 => "x86_64-windows", < 11 => "x86_64-linux-kernel2", < 16 => "aarch64-linux", _ => "x86_64-linux" };
        var deps = PickNames(ref dice, number, 7);
        var buildDeps = PickNames(ref dice, number, 5);
        return new NameModel(origin, name, target, deps, Closure(deps), buildDeps, Closure(buildDeps));
    }

    // names repeat beyond so many: a number tells them apart
    private static string Suffix(int number, int distinct, int suffix) =>
        number < distinct ? "" : string.Create(CultureInfo.InvariantCulture, $"-{suffix}");

    // only on names before it, so that nothing depends on itself
    private static int[] PickNames(ref Dice dice, int number, int most)
    {
        var picked = new SortedSet<int>();
        for (var count = Math.Min(number, dice.Below(most + 1)); count > 0; count--)
        {
            picked.Add(dice.Below(Math.Min(number, 400)));
        }

        return [.. picked];
    }

    private int[] Closure(int[] direct)
    {
        var all = new SortedSet<int>(direct);
        foreach (var dependency in direct.SelectMany(number => names[number].Tdeps))
        {
            if (all.Count >= MostDependencies)
            {
                break;
            }

            all.Add(dependency);
        }

        return [.. all];
    }

    private string[] Idents(int[] numbers, int release)
    {
        var idents = new string[numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            var index = (release * names.Length) + numbers[i];
            var name = names[numbers[i]];
            idents[i] = $"{name.Origin.Name}/{name.Name}/{Version(numbers[i], release)}/{Release(UploadedAt(index))}";
        }

        return idents;
    }

    private DateTimeOffset UploadedAt(int index) => FirstUpload + TimeSpan.FromSeconds(Math.Floor(Age.TotalSeconds * index / Packages));

    private static string Version(int number, int release) =>
        string.Create(CultureInfo.InvariantCulture, $"{1 + (number % 9)}.{release / 4}.{release % 4}");

    private static string Release(DateTimeOffset at) => at.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);

    private static string KeyName(OriginModel origin, int index) =>
        $"{origin.Name}-{origin.KeyRevisions[index % origin.KeyRevisions.Count]}";

    private sealed record NameModel(OriginModel Origin, string Name, string Target, int[] Deps, int[] Tdeps, int[] BuildDeps, int[] BuildTdeps);
}

/// <summary>A package's name, whatever its version.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Origin">Whose it is.</param>
/// <param name="Name">The name.</param>
/// <param name="Target">What it is built for.</param>
public sealed record NamedPackage(int Number, OriginModel Origin, string Name, string Target);
