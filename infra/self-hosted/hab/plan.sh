# shellcheck shell=bash disable=SC2034,SC2154
# Builder DR as a Habitat package, for a site that runs everything under the Supervisor.
# Publish first, outside the studio (it has no .NET SDK), then build from the top of the repository:
#   dotnet publish src/BuilderDrFunctions -c Release -r linux-x64 --self-contained -o artifacts/self-hosted
#   hab pkg build infra/self-hosted/hab
pkg_name=builder-dr
pkg_version=0.1.0
pkg_origin=${HAB_ORIGIN:-habitat}
pkg_description="Automated, tested disaster recovery for Chef Habitat Builder"
pkg_deps=(
  core/curl
  core/gcc-libs
  core/glibc
  core/openssl
  core/postgresql17
  core/zlib
)
pkg_build_deps=(core/patchelf)
pkg_bin_dirs=(bin)
pkg_svc_user=hab
pkg_svc_group=hab
pkg_exports=([port]=port)
pkg_exposes=(port)

published=$PLAN_CONTEXT/../../../artifacts/self-hosted

do_before() {
  [ -x "$published/BuilderDrFunctions" ] || exit_with "artifacts/self-hosted holds no published app: see the head of plan.sh" 1
}

do_build() {
  return 0
}

do_install() {
  cp -r "$published/." "$pkg_prefix/bin"

  # The host has no libraries at the usual places: programs and libraries are told where these packages keep them.
  patchelf --interpreter "$(pkg_path_for glibc)/lib/ld-linux-x86-64.so.2" "$pkg_prefix/bin/BuilderDrFunctions"
  find "$pkg_prefix/bin" \( -name '*.so' -o -name BuilderDrFunctions \) \
    -exec patchelf --force-rpath --set-rpath "\$ORIGIN:$LD_RUN_PATH" {} \;
}

do_strip() {
  # Stripping takes the managed part out of a .NET program.
  return 0
}
