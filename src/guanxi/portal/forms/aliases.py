"""An address for one enterprise alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.consent.individual import Alias
from guanxi.consent.queries import Relation


class AliasForm(forms.Form):
    """For whom, and of which kind."""

    enterprise = forms.TypedChoiceField(label=_("For"), coerce=UUID)
    # Numbers come with a relay that has some.
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[choice for choice in Alias.Kind.choices if choice[0] != Alias.Kind.NUMBER]
    )

    def __init__(self, *args: Any, relations: Sequence[Relation], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(str(relation.enterprise.pk), relation.enterprise.name) for relation in relations]
        self.fields["enterprise"].choices = choices  # type: ignore[attr-defined]  # a field of choices
