"""What all tests share: the project itself, and a folder of returns to break."""

from pathlib import Path

import pytest

from bscbdata.places import Project

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def project() -> Project:
    return Project(ROOT)
