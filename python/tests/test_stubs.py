"""The stubs and the module name the same things: what an editor offers is what runs."""
import ast
import inspect
import os
import unittest

import ulam


def stubs():
    with open(os.path.join(os.path.dirname(ulam.__file__), "__init__.pyi"), encoding="utf-8") as file:
        return ast.parse(file.read()).body


class Stubs(unittest.TestCase):
    def test_functions_take_what_the_stubs_say(self):
        checked = 0
        for stub in stubs():
            if not isinstance(stub, ast.FunctionDef):
                continue
            written = [a.arg for a in stub.args.posonlyargs + stub.args.args + stub.args.kwonlyargs]
            taken = inspect.signature(getattr(ulam, stub.name)).parameters
            if any(p.kind is p.VAR_KEYWORD for p in taken.values()):  # reward hands its window on to energy
                taken = inspect.signature(ulam.energy).parameters
            self.assertEqual(written, list(taken), stub.name)
            checked += 1
        self.assertGreaterEqual(checked, 7)

    def test_all_public_names_are_in_the_stubs(self):
        named = set()
        for stub in stubs():
            if isinstance(stub, (ast.FunctionDef, ast.ClassDef)):
                named.add(stub.name)
            elif isinstance(stub, ast.ImportFrom):
                named.update(alias.asname for alias in stub.names if alias.asname)
        self.assertEqual(set(ulam.__all__) - named, set())

    def test_classes_have_what_the_stubs_say(self):
        for stub in stubs():
            if isinstance(stub, ast.ClassDef):
                kind = getattr(ulam, stub.name)
                own = {f.name for f in stub.body if isinstance(f, ast.FunctionDef)}
                public = {name for name in vars(kind) if not name.startswith("_")}
                self.assertEqual({name for name in own if not name.startswith("_")}, public, stub.name)
                self.assertTrue(all(hasattr(kind, name) for name in own), stub.name)


if __name__ == "__main__":
    unittest.main()
