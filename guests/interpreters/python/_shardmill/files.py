"""The files of a function's package: modules to import, and data to read."""

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import sys


class Package(importlib.abc.MetaPathFinder):
    """Finds modules among the files, before all others."""

    def __init__(self, root, files):
        self.root = root
        self.files = {f"{root}/{name}": content for name, content in files.items()}

    def install(self, taken):
        """Has imports and `open` look here first. What has been imported already gives way, unless it is in `taken`."""
        tops = {name[len(self.root) + 1:].split("/")[0].removesuffix(".py") for name in self.files}
        for name in [name for name in sys.modules if name.split(".")[0] in tops - taken]:
            del sys.modules[name]
        sys.meta_path.insert(0, self)
        self.open_elsewhere = builtins.open
        builtins.open = io.open = self.open

    def find_spec(self, fullname, path=None, target=None):
        """The module of this name, if it is a file here; a folder without `__init__.py` is a package, too."""
        for folder in path if path is not None else [self.root]:
            base = f"{folder}/{fullname.rpartition('.')[2]}"
            for name, is_package in ((f"{base}/__init__.py", True), (f"{base}.py", False)):
                if name in self.files:
                    loader = Loader(fullname, name, self)
                    return importlib.util.spec_from_file_location(
                        fullname, name, loader=loader, submodule_search_locations=[base] if is_package else None
                    )
            if any(name.startswith(f"{base}/") and name.endswith(".py") for name in self.files):
                spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
                spec.submodule_search_locations = [base]
                return spec
        return None

    def open(self, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
        """As the builtin, for reading the files of the package."""
        name = self.named(file)
        content = self.files.get(name)
        if content is None:
            return self.open_elsewhere(file, mode, buffering, encoding, errors, newline, closefd, opener)
        if set(mode) & set("wax+"):
            raise OSError(30, "Read-only file system", name)
        raw = io.BytesIO(content)
        if "b" in mode:
            return raw
        return io.TextIOWrapper(raw, encoding=encoding or "utf-8", errors=errors, newline=newline)

    def named(self, file):
        """The absolute path of what is named, if it is named."""
        if isinstance(file, int):
            return None
        return os.path.normpath(os.path.join(self.root, os.fsdecode(file)))


class Loader(importlib.abc.InspectLoader):
    """Loads a module that is a file of the package."""

    def __init__(self, fullname, path, package):
        self.fullname = fullname
        self.path = path
        self.package = package

    def get_source(self, fullname):
        return importlib.util.decode_source(self.package.files[self.path])

    def get_code(self, fullname):
        # Not by way of text, so that the file's own line about its encoding counts.
        return compile(self.package.files[self.path], self.path, "exec", dont_inherit=True)

    def is_package(self, fullname):
        return self.path.endswith("/__init__.py")

    def get_filename(self, fullname):
        return self.path

    def get_data(self, path):
        try:
            return self.package.files[self.package.named(path)]
        except KeyError:
            raise FileNotFoundError(2, "No such file or directory", path) from None
