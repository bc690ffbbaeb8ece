using System.Globalization;
using System.Text;

namespace BuilderDrFunctions.Sandbox.Data;

/// <summary>Writes a package's manifest and default configuration, as long and as repetitive as real ones.</summary>
internal static class ManifestText
{
    private static readonly string[] Licenses = ["Apache-2.0", "MIT", "BSD-3-Clause", "GPL-2.0-or-later", "MPL-2.0", "PostgreSQL"];

    public static string Manifest(PackageRow package, int seed)
    {
        var dice = Dice.For(seed, 20, package.Index);
        var (ident, source) = (package.Ident, $"https://downloads.example/{package.Name}/{package.Name}-{package.Version}.tar.gz");
        var text = new StringBuilder(4096);
        text.Append(CultureInfo.InvariantCulture, $"# {package.Origin.Name} / {package.Name}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"* __Maintainer__: The {package.Origin.Name} maintainers <packages@{package.Origin.Name}.example>\n");
        text.Append(CultureInfo.InvariantCulture, $"* __Version__: {package.Version}\n* __Release__: {package.Release}\n* __Target__: {package.Target}\n");
        text.Append(CultureInfo.InvariantCulture, $"* __License__: {dice.Pick(Licenses)}\n* __Source__: [{source}]({source})\n");
        text.Append(CultureInfo.InvariantCulture, $"* __SHA__: {dice.Hex(32)}\n* __Path__: `/hab/pkgs/{ident}`\n");
        Dependencies(text, "Build Dependencies", package.BuildDeps);
        Dependencies(text, "Dependencies", package.Deps);
        text.Append(CultureInfo.InvariantCulture, $"* __Exported variables__: PATH=/hab/pkgs/{ident}/bin PKG_CONFIG_PATH=/hab/pkgs/{ident}/lib/pkgconfig\n\n## Plan\n\n```bash\n");
        text.Append(CultureInfo.InvariantCulture, $"pkg_origin={package.Origin.Name}\npkg_name={package.Name}\npkg_version={package.Version}\n");
        text.Append(CultureInfo.InvariantCulture, $"pkg_source={source}\npkg_shasum={dice.Hex(32)}\npkg_bin_dirs=(bin)\npkg_lib_dirs=(lib)\npkg_include_dirs=(include)\n\n");
        text.Append("do_prepare() {\n  export CFLAGS=\"$CFLAGS -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2\"\n  export LDFLAGS=\"$LDFLAGS -Wl,-z,relro,-z,now\"\n}\n\n");
        text.Append("do_build() {\n  ./configure --prefix=\"$pkg_prefix\" --disable-static --enable-shared");
        for (var option = 3 + dice.Below(12); option > 0; option--)
        {
            text.Append(CultureInfo.InvariantCulture, $" \\\n    --with-feature-{dice.Below(40)}=\"$(pkg_path_for core/library-{dice.Below(200)})\"");
        }

        text.Append("\n  make -j\"$(nproc)\"\n}\n\ndo_check() {\n  make check\n}\n\ndo_install() {\n  make install\n");
        for (var file = 2 + dice.Below(10); file > 0; file--)
        {
            text.Append(CultureInfo.InvariantCulture, $"  install -Dm0644 doc/page-{dice.Below(100)}.md \"$pkg_prefix/share/doc/{dice.Hex(4)}.md\"\n");
        }

        return text.Append("}\n```\n").ToString();
    }

    public static string Configuration(PackageRow package, int seed)
    {
        var dice = Dice.For(seed, 21, package.Index);
        if (!dice.Percent(35))
        {
            return "";
        }

        var text = new StringBuilder(512);
        text.Append(CultureInfo.InvariantCulture, $"log_level = \"info\"\nworkers = {1 + dice.Below(16)}\n\n[server]\nlisten = \"0.0.0.0\"\nport = {8000 + dice.Below(2000)}\n");
        for (var setting = dice.Below(12); setting > 0; setting--)
        {
            text.Append(CultureInfo.InvariantCulture, $"setting_{setting} = \"{dice.Hex(6)}\"\n");
        }

        return text.ToString();
    }

    private static void Dependencies(StringBuilder text, string title, string[] idents)
    {
        text.Append(CultureInfo.InvariantCulture, $"* __{title}__: ");
        text.AppendJoin(' ', idents.Select(ident => $"[{ident}](/pkgs/{ident})")).Append('\n');
    }
}
