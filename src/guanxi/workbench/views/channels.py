"""Channels: how each is doing, and its settings."""

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from guanxi.core.requests import DoorRequest
from guanxi.touch import channels as ways_of
from guanxi.touch.outgoing import probing, queries, services
from guanxi.workbench.forms.messages import channel_form


def channels(request: DoorRequest) -> HttpResponse:
    """Every channel and how it is doing."""
    context = {"standings": queries.standings_for(request.viewer)}
    return render(request, "workbench/channels/channels.html", context)


def channel(request: DoorRequest, name: str) -> HttpResponse:
    """One channel: its health, and the form of its way."""
    one = queries.standing_for(request.viewer, name)
    ways = [way for way in ways_of.adapters().values() if name in way.channels]
    wanted = request.POST.get("way") or request.GET.get("way") or (one.account.adapter if one.account else "")
    way = next((way for way in ways if way.name == wanted), ways[0] if ways else None)
    same = one.account if one.account and way and one.account.adapter == way.name else None
    initial = queries.settings_of(request.viewer, same) if same else {}
    form = (
        channel_form(way, request.POST or None, initial, same.per_minute if same else None) if way else None
    )
    if request.method == "POST" and way and form and form.is_valid():
        settings = {key: value for key, value in form.cleaned_data.items() if key != "per_minute"}
        services.set_up(
            viewer=request.viewer, channel=name, adapter=way.name, settings=settings,
            per_minute=form.cleaned_data["per_minute"],
        )  # fmt: skip
        notices.success(request, _("Saved."))
        return redirect("desk:channel", name)
    may_manage = request.viewer.may("channels.manage")
    context = {"one": one, "ways": ways, "way": way, "form": form, "may_manage": may_manage}
    return render(request, "workbench/channels/channel.html", context)


@require_POST
def pause(request: DoorRequest, name: str) -> HttpResponse:
    """Pause a channel, or let it send again."""
    queries.standing_for(request.viewer, name)
    if request.POST.get("deed") == "resume":
        services.resume(viewer=request.viewer, channel=name)
        notices.success(request, _("The channel sends again; what is due goes at once."))
    else:
        services.pause(viewer=request.viewer, channel=name)
        notices.success(request, _("The channel is paused; what comes waits in its queue."))
    return redirect("desk:channel", name)


@require_POST
def test(request: DoorRequest, name: str) -> HttpResponse:
    """Send a test message to one's own address."""
    address = str(getattr(request.user, "email", ""))
    probing.send_to_myself(viewer=request.viewer, template_id=None, address=address)
    notices.success(request, _("Sent to %(address)s.") % {"address": address})
    return redirect("desk:channel", name)
