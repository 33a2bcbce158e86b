"""Forms of the import pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.core.importing import queries
from guanxi.core.viewer import Viewer


class UploadForm(forms.Form):
    """A file, and what its rows become."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        allow_empty_file=True,  # the engine says more clearly what is wrong
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.parquet"}),
        help_text=_(
            "CSV, TSV, Excel (.xlsx) or Parquet, of any length. Nothing is written before you say so."
        ),
    )
    target = forms.ChoiceField(label=_("The rows are"), required=False)

    def __init__(self, viewer: Viewer, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["target"]
        known = [(each.name, each.label) for each in queries.targets_for(viewer)]
        field.choices = [("", _("Find out from the columns")), *known]  # type: ignore[attr-defined]  # a ChoiceField
