"""Cells as an executed notebook has them, to be put into a book."""

import json


def add_cells(book, name, *cells):
    path = book / name
    notebook = json.loads(path.read_text(encoding="utf8"))
    notebook["cells"] += [{"metadata": {}, "id": f"new{i}", **cell} for i, cell in enumerate(cells)]
    path.write_text(json.dumps(notebook), encoding="utf8")


def markdown(text):
    return {"cell_type": "markdown", "source": text}


def code(text, *outputs, execution_count=7):
    return {"cell_type": "code", "source": text, "outputs": list(outputs), "execution_count": execution_count}


def display(**forms):
    data = {name.replace("_", "/"): text for name, text in forms.items()}
    return {"output_type": "display_data", "data": data, "metadata": {}}
