from typing import Any

from django import forms
from django.utils import timezone

from users.models import Scope

SCOPES = {
    Scope.CALLS_READ: "read calls, recordings and transcripts",
    Scope.CALLS_WRITE: "place calls, hang up, sync",
    Scope.USERS_READ: "read people",
    Scope.USERS_WRITE: "add, change and delete people",
    Scope.FEEDBACK_READ: "read feedback",
    Scope.FEEDBACK_WRITE: "give feedback",
}


class ApiKeyForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="Which machine uses it, such as Billing.")
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, f"{scope.value}: {words}") for scope, words in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="As few as it needs.",
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Expires",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="Empty: never.",
    )
    calls_per_minute = forms.IntegerField(
        required=False, min_value=0, help_text="Empty: as the settings say."
    )
    calls_per_day = forms.IntegerField(required=False, min_value=0, help_text="Empty: as the settings say.")

    def clean_expires_at(self) -> Any:
        at = self.cleaned_data["expires_at"]
        if at and at <= timezone.now():
            raise forms.ValidationError("This is over already.")
        return at
