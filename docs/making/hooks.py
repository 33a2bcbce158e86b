"""What MkDocs asks for while it builds: pages of the reference, made from the code."""

import os
import sys
from pathlib import Path

# MkDocs loads this file by its path.
sys.path.insert(0, str(Path(__file__).parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guanxi.settings")

import django

django.setup()

import decisions  # noqa: E402
import reference  # noqa: E402
from mkdocs.config.defaults import MkDocsConfig  # noqa: E402
from mkdocs.structure.files import File, Files  # noqa: E402


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the decisions into the navigation in their order."""
    folder = Path(config.docs_dir) / "decisions"
    entries = [{title: f"decisions/{name}"} for name, title in decisions.titles(folder)]
    for entry in config.nav or []:
        if isinstance(entry, dict) and "Decisions" in entry:
            entry["Decisions"] = ["decisions/index.md", *entries]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages made from the code."""
    for name, page in reference.PAGES.items():
        files.append(File.generated(config, f"reference/{name}.md", content=page()))
    folder = Path(config.docs_dir) / "decisions"
    files.append(File.generated(config, "decisions/index.md", content=decisions.index(folder)))
    return files
