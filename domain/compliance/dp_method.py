"""Fields of the privacy report about the method: looks, noise, accounting, search, test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.compliance import dp_wording as words
from domain.compliance.dp_case import PrivateCase
from domain.privacy.budget import PrivacyStatement, TuningMode
from domain.privacy.published import rounded_down, rounded_up, written, written_down

Facts = dict[str, Any] | None


def mechanisms(case: PrivateCase) -> tuple[list[str], Facts]:
    """The record of touches: what every look cost, or who declared its answer public."""
    touches = looks(case.statement)
    by_basis = {
        basis: sum(t["basis"] == basis for t in touches)
        for basis in ("charged", "declared public", "assumed public")
    }
    spent, fixed = case.statement.rho_spent, case.statement.rho
    sentences = [
        f"{len(touches):,} looks at the rows are on record: {by_basis['charged']:,} charged, "
        f"{by_basis['declared public']:,} declared public, {by_basis['assumed public']:,} taken as "
        "public. A look that was neither would have ended the run.",
    ]
    if fixed is not None and spent is not None:
        sentences.append(
            f"A filter let no look exceed ρ = {written(fixed)}, fixed before the first one; "
            f"{written(spent)} of it was spent. The guarantee counts the whole."
        )
    return sentences, {"touches": touches, "rho": _up(fixed), "rho_spent": _up(spent)}


def looks(statement: PrivacyStatement) -> list[dict[str, Any]]:
    """The record as a document, figures rounded up."""
    return [_touch(t) for t in statement.touches]


def _touch(told: Mapping[str, Any]) -> dict[str, Any]:
    declared = told.get("declaration") or {}
    return {
        "what": told["what"],
        "basis": told["basis"],
        "mechanism": told.get("mechanism") or None,
        "sensitivity": told.get("sensitivity"),
        "sigma": told.get("sigma"),
        "rho": rounded_up(told.get("rho") or 0.0),
        "delta": rounded_up(told.get("delta") or 0.0),
        "source": declared.get("source"),
        "person": declared.get("person"),
    }


def _up(value: float | None) -> float | None:
    return None if value is None else rounded_up(value)


def training(case: PrivateCase) -> tuple[list[str], Facts]:
    """Of DP-SGD: rate, steps, noise, clipping, sampler, networks."""
    told = case.statement.training
    if told is None:
        return [words.NO_GRADIENTS], None
    return [
        f"{told['steps']:,} steps, each on a sample of rate {written(told['sample_rate'])}: every "
        f"unit is in it by a coin of its own ({told['sampler']}).",
        f"Gradients of one unit were clipped to {told['max_grad_norm']:g}, and noise of "
        f"{written_down(told['noise_multiplier'])} times that was added to their sum.",
        f"Which networks see real rows: {_networks(told['networks'])}.",
    ], dict(told)


def _networks(told: object) -> str:
    if isinstance(told, str):
        return told
    return ", ".join(str(name) for name in told) if isinstance(told, list | tuple) else str(told)


def accountant(case: PrivateCase) -> tuple[list[str], Facts]:
    """Who counted, and who checked."""
    statement = case.statement
    sentences = [f"The published ε was counted by: {statement.accountant}."]
    if statement.second_epsilon is not None:
        sentences.append(
            f"A second accountant, {statement.second_accountant}, gives "
            f"ε = {written(statement.second_epsilon)}. It is an upper bound too and must not come "
            "out smaller: otherwise the fit would have failed and nothing were published."
        )
    if statement.second_epsilon is not None and statement.rho is not None:
        sentences.append(words.SECOND_OF_RHO)
    sentences.append(words.PRECISION)
    if statement.training is not None:
        sentences.append(words.PRECISION_OF_GRADIENTS)
    return sentences, {
        "accountant": statement.accountant,
        "second_accountant": statement.second_accountant or None,
        "second_epsilon": _up(statement.second_epsilon),
        "epsilon_before_rounding": statement.epsilon,
    }


def tuning(case: PrivateCase) -> tuple[list[str], Facts]:
    """How settings were found, and whether that voids ε."""
    found = case.statement.tuning
    if found is None:
        facts = {"mode": "none", "configurations": 0, "account": words.NO_SEARCH, "void": False}
        return [words.NO_SEARCH], facts
    one = found.configurations == 1
    tried = "1 configuration" if one else f"{found.configurations:,} configurations"
    trained = f"{'was' if one else 'were'} trained and compared"
    said = "stood to choose from" if found.mode is TuningMode.CHARGED else trained
    sentences = [f"{tried} {said} ({found.mode} search). {found.account}"]
    if found.voids:
        sentences.insert(0, f"{words.VOID}. Take ε in this report for a measure of noise only.")
    return sentences, {
        "mode": str(found.mode),
        "configurations": found.configurations,
        "account": found.account,
        "void": found.voids,
    }


def holdout(case: PrivateCase) -> tuple[list[str], Facts]:
    """Rows kept aside, and what stopped the training."""
    spec = case.run.holdout
    if spec.dataset_id is not None:
        kept = "Rows to judge by came from another dataset; the fit did not read them."
    elif spec.share == 0:
        kept = "No rows were held out."
    else:
        kept = (
            f"About {spec.share:.0%} of the units were held out by a secret coin each; the fit did "
            "not read them, and being held out depends on no other unit."
        )
    stopping = (
        "No stop, learning rate or choice of weights follows a loss on real rows: the number of "
        "steps and of looks was fixed beforehand, or follows from charged answers alone."
    )
    return [kept, stopping], {
        "share": None if spec.dataset_id else spec.share,
        "other_dataset": spec.dataset_id is not None,
        "chosen_by": "a keyed coin for each unit",
        "validation_on_real_rows": False,
    }


def randomness(case: PrivateCase) -> tuple[list[str], Facts]:
    """Where noise and choices come from, and who holds the seed."""
    statement = case.statement
    told = statement.randomness or "Not on record for this run"
    return [
        f"{told}.",
        "The seed of noise, samples and lots is sealed: stored encrypted, shown to nobody, "
        "shredded with the dataset. Only a commitment to it is published. The seed in the model "
        "card draws synthetic rows and sets first weights and the rows that a generator in "
        "training makes up, nothing else.",
    ], {
        "generator": told,
        "seed_commitment": statement.seed_commitment or None,
        "published_seed": case.run.seed,
    }


def post_processing(case: PrivateCase) -> tuple[list[str], Facts]:
    """Filters: which of them read real rows, and are therefore off or not covered."""
    steps = [
        {"what": what, "reads_real_rows": reads, "state": state}
        for what, reads, state in words.POST_PROCESSING
    ]
    return [
        "What is done with noisy answers alone costs nothing. Filters that compare with real rows "
        "are something else: those that decide which synthetic rows are released "
        "are off in private runs.",
    ], {"steps": steps}


def audit(case: PrivateCase) -> tuple[list[str], Facts]:
    """The lower bound of an audit by canaries, beside the ε it is compared with."""
    found = case.audit
    if found is None:
        return [words.NO_AUDIT], None
    bound, confidence = found["epsilon_lower_bound"], found["confidence"]
    caught = bound > case.statement.epsilon
    sentences = [
        f"An audit with {found['canaries']:,} canaries certifies ε ≥ {rounded_down(bound, 3):g} "
        f"with {confidence:.0%} confidence ({found['correct']:,} of {found['guesses']:,} guesses "
        f"were right), beside the proved ε ≤ {written(case.epsilon)}.",
        f"It trained on {found['trained_on']}; threat model: {found['threat_model']}.",
        "THE AUDIT CONTRADICTS THE PROOF: do not release." if caught else words.AUDIT_MEANING,
    ]
    return sentences, {**dict(found), "contradicts": caught}
