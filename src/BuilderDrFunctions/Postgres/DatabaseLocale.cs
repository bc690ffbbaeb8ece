namespace BuilderDrFunctions.Postgres;

/// <summary>By what rules a database sorts text and tells letters: fixed when it is created, and left out by pg_dump without <c>--create</c>.</summary>
/// <param name="Provider">As CREATE DATABASE takes it: <c>libc</c>, <c>icu</c> or <c>builtin</c>.</param>
/// <param name="Collate">LC_COLLATE, such as <c>en_US.UTF-8</c>.</param>
/// <param name="CType">LC_CTYPE.</param>
/// <param name="Name">The provider's own locale, such as <c>de-AT</c>; null for libc, which has the two before.</param>
/// <param name="Rules">Rules added to an ICU locale; null: none.</param>
public sealed record DatabaseLocale(string Provider, string Collate, string CType, string? Name, string? Rules)
{
    private const int FirstWithProviders = 15;

    /// <summary>Whether another database sorts alike. Where a provider has its own locale, that alone decides; PostgreSQL 15 writes it as it was given, later ones as a language tag.</summary>
    public bool SortsAs(DatabaseLocale? other) => other is not null && Provider == other.Provider && Rules == other.Rules
        && (Name is null ? (Collate, CType) == (other.Collate, other.CType) : string.Equals(Name.Replace('_', '-'), other.Name?.Replace('_', '-'), StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override string ToString() => Name is null ? Collate == CType ? Collate : $"{Collate} and {CType}" : $"{Name} of {Provider}";

    /// <summary>What CREATE DATABASE wants on a server of this major version, the best first; one that lacks the provider or the locale refuses it.</summary>
    internal string[] Clauses(int serverMajor) => Provider is not ("libc" or "icu" or "builtin") ? []
        : Name is null ? [Clause(serverMajor)]
        : [Clause(serverMajor), (this with { Collate = "C", CType = "C" }).Clause(serverMajor)];

    private string Clause(int serverMajor) =>
        (serverMajor < FirstWithProviders && Name is null ? "" : $" LOCALE_PROVIDER {Provider}")
        + (Name is null ? "" : $" {Provider.ToUpperInvariant()}_LOCALE {SqlName.Literal(Name)}")
        + (Rules is null ? "" : $" {Provider.ToUpperInvariant()}_RULES {SqlName.Literal(Rules)}")
        + $" LC_COLLATE {SqlName.Literal(Collate)} LC_CTYPE {SqlName.Literal(CType)}";
}
