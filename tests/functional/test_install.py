"""An installed tree is all that a stranger needs to run Haoke and to build plugins for it."""

import shutil

import pytest

import server
from installed import installed, run  # noqa: F401

ORDER = {"lines": [{"product": 1, "quantity": 2}]}


@pytest.fixture
def serve(installed, monkeypatch, start_server):  # noqa: F811
    """Starts the installed program."""
    monkeypatch.setattr(server, "BINARY", str(installed.prefix / "bin" / "haoke"))
    return start_server


def earn_and_spend(client):
    """What the template's README promises."""
    client.call("session.hello", lang="en")
    values = {"name": "张建国", "phone": "13800001001"}
    customer = client.call("record.create", type="customer", values=values)["id"]
    product = {"name": "海参肽胶囊", "price": 29800}
    client.call("record.create", type="product", values=product)
    client.call("order.create", customer=customer, **ORDER)
    looked = client.call("template.points", customer=customer)
    assert looked["points"] == 59 and [item["points"] for item in looked["items"]] == [59]
    error = client.error("template.redeem", customer=customer, points=60, gift="雨伞")
    assert error.code == "RULE_FAILED" and "59 points, which is less than 60" in error.text
    redeem = {"customer": customer, "points": 50, "gift": "雨伞"}
    assert client.call("template.redeem", **redeem) == {"points": 9}
    found = client.call("record.find", type="customer", where={"template_points": 9})["items"]
    assert [item["id"] for item in found] == [customer]


def test_the_installed_program_uses_the_installed_packages(installed, serve):  # noqa: F811
    running = serve()
    with running.connect() as client:
        names = {package["name"] for package in client.call("api.describe")["packages"]}
        assert {"health_product", "health_forecast"} <= names
        files = {item["file"] for item in client.call("plugin.list")["items"]}
        assert {"template.so", "route.so", "health_product.so"} <= files
    assert f'source="{installed.prefix}' in running.log()


def test_the_template_builds_with_cmake(installed, tmp_path, serve):  # noqa: F811
    source = tmp_path / "elsewhere" / "template"
    shutil.copytree(installed.prefix / "share" / "haoke" / "template", source)
    build = tmp_path / "build"
    prefix = f"-DCMAKE_PREFIX_PATH={installed.prefix}"
    run("cmake", "-S", source, "-B", build, prefix, "-DHAOKE_TESTS=ON", "-DCMAKE_BUILD_TYPE=Debug")
    run("cmake", "--build", build)
    run("ctest", "--test-dir", build, "--no-tests=error")
    described = run(installed.prefix / "bin" / "haoke", "plugin", "inspect",
                    build / "plugins" / "template.so")
    assert "template.redeem" in described
    options = ["--plugins", str(build / "plugins"), "--enable", "template"]
    with serve(arguments=options).connect() as client:
        earn_and_spend(client)
    run("cmake", "--install", build, "--prefix", tmp_path / "there")
    assert (tmp_path / "there" / "lib" / "haoke" / "plugins" / "template.so").exists()


def test_the_template_builds_with_a_compiler_alone(installed, tmp_path, serve):  # noqa: F811
    source = installed.prefix / "share" / "haoke" / "template"
    installed.compile(tmp_path / "template.so", source / "template.c", source / "points.c")
    assert installed.pkg_config("--variable=plugindir")[0].endswith("/lib/haoke/plugins")
    with serve(arguments=["--plugins", str(tmp_path), "--enable", "template"]).connect() as client:
        earn_and_spend(client)


def test_the_tree_may_be_moved(installed, tmp_path):  # noqa: F811
    moved = tmp_path / "moved"
    shutil.copytree(installed.prefix, moved)
    config = str(moved / "lib" / "pkgconfig")
    flags = run("pkg-config", "--cflags", "haoke", PKG_CONFIG_PATH=config)
    (tmp_path / "uses.c").write_text("#include <crm/plugin.h>\nint x = CRM_ABI_MAJOR;\n")
    run("cc", "-std=c11", "-c", *flags.split(), tmp_path / "uses.c", "-o", tmp_path / "uses.o")
    for path in (moved / "lib" / "cmake" / "Haoke", moved / "lib" / "pkgconfig"):
        for file in path.iterdir():
            assert str(installed.prefix) not in file.read_text()
