"""People: accounts, roles, passwords, sessions, and the deletion of a person's data."""

from __future__ import annotations

import gradio as gr

from alignment.feedback.nouns import Role
from feedback_app.pages.frame import Frame, html, told
from feedback_app.tables import table

ROLES = [str(role) for role in Role]


def build(frame: Frame, page: gr.Blocks) -> None:
    accounts, retention = frame.core.accounts, frame.core.retention

    def listed(actor: str) -> str:
        rows = [
            [one.name, one.role, one.kind, "yes" if one.active else "no", "yes" if one.has_password else "no"]
            for one in accounts.users(actor=actor)
        ]
        return table(("Name", "Role", "Kind", "Active", "Password"), rows)

    def add(actor: str, name: str, role: str, password: str) -> tuple[str, str, str]:
        def work() -> str:
            accounts.add(name.strip(), role, password or None, actor=actor)
            return f"{name.strip()} is added as {role}."

        return told(work), "", listed(actor)

    def set_role(actor: str, name: str, role: str) -> tuple[str, str]:
        def work() -> str:
            accounts.set_role(name.strip(), role, actor=actor)
            return f"{name.strip()} is {role} now."

        return told(work), listed(actor)

    def set_password(actor: str, name: str, password: str) -> tuple[str, str]:
        def work() -> str:
            accounts.set_password(name.strip(), password, actor=actor)
            return f"{name.strip()} has a new password and is signed out everywhere."

        return told(work), ""

    def revoke(actor: str, name: str) -> str:
        return told(lambda: f"{accounts.revoke(name.strip(), actor=actor)} sessions of {name.strip()} are ended.")

    def delete(actor: str, name: str, again: str) -> tuple[str, str]:
        def work() -> str:
            if name.strip() != again.strip():
                return "Write the name twice to delete everything this person has entered."
            gone = retention.delete_person(name.strip(), frame.root, actor=actor)
            return (
                f"Deleted; {gone.tombstone} stands in their place. {len(gone.ratings)} ratings no longer count, "
                f"{len(gone.artifacts)} artifacts are marked."
            )

        return told(work), listed(actor)

    with gr.Tab("People") as tab:
        people = html("")
        with gr.Row():
            with gr.Column():
                html('<h2 class="at">Add a person</h2>')
                name = gr.Textbox(label="Name", max_length=200)
                role = gr.Dropdown(label="Role", choices=ROLES, value=ROLES[0], interactive=True)
                password = gr.Textbox(label="Password (none: single sign-on)", type="password")
                adding = gr.Button("Add", variant="primary")
                added = html("")
            with gr.Column():
                html('<h2 class="at">Change a person</h2>')
                who = gr.Textbox(label="Name of the account", max_length=200)
                new_role = gr.Dropdown(label="New role", choices=ROLES, value=ROLES[0], interactive=True)
                new_password = gr.Textbox(label="New password", type="password")
                with gr.Row(equal_height=True):
                    changing = gr.Button("Set role")
                    renewing = gr.Button("Set password")
                    ending = gr.Button("Sign out everywhere")
                again = gr.Textbox(label="To delete their data: the name again", max_length=200)
                deleting = gr.Button("Delete this person's data", variant="stop")
                changed = html("")
    page.load(frame.guarded(listed), None, people, show_progress="hidden")
    tab.select(frame.guarded(listed), None, people, show_progress="hidden")
    adding.click(frame.guarded(add), [name, role, password], [added, password, people])
    changing.click(frame.guarded(set_role), [who, new_role], [changed, people])
    renewing.click(frame.guarded(set_password), [who, new_password], [changed, new_password])
    ending.click(frame.guarded(revoke), who, changed)
    deleting.click(frame.guarded(delete), [who, again], [changed, people])
