"""How long until the next event: on each day it comes, if it has not come before.

Discrete-time survival (Cox 1972): the log odds of a day say how likely the event is then, given
that none came earlier. So a day on which something always happens, such as the end of a month, is
never passed over, however the days before it were.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

_RAREST = 1e-6


def log_shares(due: Tensor, later: Tensor) -> Tensor:
    """Log probabilities of the days and of what comes after them all: (rows, days + later codes).

    ``due``: log odds of each day, given that it was waited for; ``later``: logits of the codes of
    longer waits, side by side (there may be none: what is left then counts for nothing).
    """
    passed = logsigmoid(-due).cumsum(1)
    on = logsigmoid(due) + torch.cat([torch.zeros_like(passed[:, :1]), passed[:, :-1]], dim=1)
    if not later.shape[1]:
        return on
    return torch.cat([on, passed[:, -1:] + torch.log_softmax(later, dim=1)], dim=1)


def log_odds(log_shares: Tensor, days: int) -> Tensor:
    """The log odds whose :func:`log_shares` are these, of the first ``days`` codes; the codes
    after them as they are."""
    shares = log_shares.double().softmax(0)
    left = shares.flip(0).cumsum(0).flip(0)
    odds = shares / (left - shares).clamp(min=_RAREST)
    first = odds.clamp(_RAREST, 1 / _RAREST).log()[:days]
    return torch.cat([first.to(log_shares.dtype), log_shares[days:]])
