"""Our optimizer against torch's, and what using it does not bring along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import domain
from domain.synthesis.optimizer import OneCycleAdamW, ParameterGroup

ROOT = Path(domain.__file__).parents[1]
STEPS = 60
RATES = (0.02, 0.002)
DECAYS = (0.01, 0.3)


def problem() -> tuple[nn.ModuleList, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    layers = nn.ModuleList([nn.Linear(6, 9), nn.Linear(9, 2)])
    return layers, torch.randn(40, 6), torch.randn(40, 2)


def loss_of(layers: nn.ModuleList, given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return nn.functional.mse_loss(layers[1](layers[0](given).tanh()), wanted)


def parameters_by_step(*, ours: bool) -> list[torch.Tensor]:
    """All parameters as one vector, after every step."""
    layers, given, wanted = problem()
    groups = [list(layer.parameters()) for layer in layers]
    seen = []
    if ours:
        optimizer = OneCycleAdamW(
            [
                ParameterGroup(parameters=p, rate=rate, decay=decay)
                for p, rate, decay in zip(groups, RATES, DECAYS, strict=True)
            ],
            STEPS,
        )
        clear, step = optimizer.clear, optimizer.step
    else:
        named = [
            {"params": p, "weight_decay": decay} for p, decay in zip(groups, DECAYS, strict=True)
        ]
        adam = torch.optim.AdamW(named, lr=1.0)
        cycle = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=list(RATES), total_steps=STEPS)
        clear = adam.zero_grad

        def step() -> None:
            adam.step()
            cycle.step()

    for _ in range(STEPS):
        clear()
        loss_of(layers, given, wanted).backward()
        step()
        seen.append(torch.cat([p.detach().flatten() for p in layers.parameters()]))
    return seen


@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")
def test_every_step_is_that_of_adamw_on_a_one_cycle_schedule() -> None:
    start = torch.cat([p.detach().flatten() for p in problem()[0].parameters()])
    theirs, ours = parameters_by_step(ours=False), parameters_by_step(ours=True)
    for one, other in zip(theirs, ours, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-6)
    assert (theirs[-1] - start).abs().max() > 0.1


def test_clearing_leaves_no_gradient_behind_and_a_step_moves_the_modules_own_parameters() -> None:
    layers, given, wanted = problem()
    group = ParameterGroup(parameters=list(layers.parameters()), rate=0.01, decay=0.0)
    optimizer = OneCycleAdamW([group], 5)
    before = layers[0].weight.detach().clone()
    loss_of(layers, given, wanted).backward()
    assert layers[0].weight.grad is not None
    assert layers[0].weight.grad.abs().sum() > 0
    optimizer.step()
    assert not torch.equal(layers[0].weight, before)
    optimizer.clear()
    assert float(optimizer.gradient.abs().sum()) == 0
    assert float(layers[0].weight.grad.abs().sum()) == 0


def test_one_step_in_all_is_allowed() -> None:
    parameter = nn.Parameter(torch.ones(3))
    optimizer = OneCycleAdamW([ParameterGroup(parameters=[parameter], rate=0.1, decay=0.0)], 1)
    parameter.sum().backward()
    optimizer.step()
    assert torch.isfinite(parameter).all()
    assert (parameter < 1).all()


@pytest.mark.slow
def test_fitting_and_drawing_load_no_compiler() -> None:
    """torch's own optimizers do: two seconds and a hundred megabytes of every worker."""
    script = (
        "import sys\n"
        "from tests.domain.synthesis.simulated import people, twin\n"
        "from domain.synthesis.autoregressive import Autoregressive\n"
        "frame, about = people(80)\n"
        "assert len(twin(Autoregressive(), frame, about, rows=10)) == 10\n"
        "heavy = ('torch._dynamo', 'torch._inductor')\n"
        "print([m for m in sys.modules if m.startswith(heavy)])\n"
    )
    there = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == "[]"
