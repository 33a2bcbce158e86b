"""The page of a link in a message: its reader says how they want what the message stood on. Nobody has to sign in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from guanxi.portal.forms.leaving import LeaveForm
from guanxi.touch.outgoing import answers


# Exempt, because mail programs post without a page before (RFC 8058); the token is signed and can only lower.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """What the link is about, and four ways to lower it. Looking changes nothing; a bare POST is the one click."""
    form = LeaveForm(request.POST or None)
    done: answers.Choice | None = None
    if request.method == "POST":
        done = form.cleaned_data["choice"] if form.is_valid() else "channel"
        link = answers.lower(token, done)
    else:
        link = answers.link_of(token)
    context = {"link": link, "form": form, "done": done, "choices": form.described()}
    response = render(request, "portal/leave.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
