/// What a page can do beyond being read: a switch between light and dark, and
/// details open on paper where they are not longer than a page.
package enum PageScript {
  /// The script; without `<` and `&`, which HTML and XML read differently.
  package static let source = #"""
    (() => {
      const root = document.documentElement;
      const dark = matchMedia("(prefers-color-scheme: dark)");
      const shown = () => root.dataset.theme || (dark.matches ? "dark" : "light");
      const button = document.createElement("button");
      const other = () => (shown() === "dark" ? "light" : "dark");
      const label = () => { button.textContent = other() === "dark" ? "Dark" : "Light"; };
      button.className = "theme";
      button.setAttribute("aria-label", "Switch between light and dark");
      button.addEventListener("click", () => { root.dataset.theme = other(); label(); });
      dark.addEventListener("change", label);
      label();
      document.querySelector("header").append(button);
      let opened = [];
      addEventListener("beforeprint", () => {
        opened = [...document.querySelectorAll("details:not(.data):not([open])")]
          .filter((details) => 3000 > details.textContent.length);
        for (const details of opened) details.open = true;
      });
      addEventListener("afterprint", () => {
        for (const details of opened) details.open = false;
      });
    })();
    """#

  /// What the page's policy knows the script by: SHA-256 of it, in base 64.
  package static let hash = "sha256-G1swI+BwEcpMLNdXVSawmprguWwbmUxGk0CGYQaQ7FU="
}
