using BuilderDrFunctions.ServerTests.Portal;
using Xunit;

namespace BuilderDrFunctions.ServerTests.Merge;

/// <summary>One legacy Builder for those who merge it by the portal and by the command line, a database each.</summary>
[CollectionDefinition(Name)]
public sealed class LegacyGroup : ICollectionFixture<LegacySandbox>, ICollectionFixture<PortalBrowser>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "a legacy Builder that people merge";
}
