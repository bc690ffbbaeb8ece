using BuilderDrFunctions.Vault;
using CsCheck;
using Xunit;

namespace BuilderDrFunctions.Tests.Vault;

public sealed class FolderListingTests
{
    /// <summary>Names that sort on either side of '/', which is what makes paths sort otherwise than names.</summary>
    private static readonly Gen<string> Segment = Gen.String[Gen.Char["+-./0=@Aa".Replace("/", "", StringComparison.Ordinal)], 1, 3]
        .Where(name => name[0] != '.' && name[^1] != '.');

    private static readonly Gen<string[]> Paths = Segment.Array[1, 4].Select(segments => string.Join('/', segments)).Array[0, 40]
        .Select(paths => paths.Distinct(StringComparer.Ordinal)
            .Where(path => !paths.Any(other => other.StartsWith(path + "/", StringComparison.Ordinal))).ToArray());

    [Fact]
    public void Is_the_ordinal_order_of_paths_whatever_the_window() =>
        Gen.Select(Paths, Gen.Int[1, 5], Segment).Sample((paths, window, prefix) =>
        {
            var root = Directory.CreateTempSubdirectory("listing").FullName;
            try
            {
                foreach (var path in paths)
                {
                    var file = Path.Combine(root, path);
                    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                    File.WriteAllBytes(file, []);
                }

                Assert.Equal(paths.Order(StringComparer.Ordinal), FolderListing.Files(root, "", window), StringComparer.Ordinal);
                Assert.Equal(
                    paths.Where(path => path.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal),
                    FolderListing.Files(root, prefix, window), StringComparer.Ordinal);
            }
            finally
            {
                Directory.Delete(root, recursive: true);
            }
        }, iter: 200);

    [Fact]
    public void A_folder_without_files_is_no_folder()
    {
        var root = Directory.CreateTempSubdirectory("listing").FullName;
        Directory.CreateDirectory(Path.Combine(root, "empty", "deep"));
        Directory.CreateDirectory(Path.Combine(root, "full", "deep"));
        Directory.CreateDirectory(Path.Combine(root, ".staging"));
        File.WriteAllBytes(Path.Combine(root, "full", "deep", "file"), []);
        File.WriteAllBytes(Path.Combine(root, ".staging", "file"), []);

        var folders = FolderListing.Folders(root, "").ToList();

        Directory.Delete(root, recursive: true);
        Assert.Equal(["full"], folders);
    }
}
