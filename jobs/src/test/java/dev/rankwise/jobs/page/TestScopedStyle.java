package dev.rankwise.jobs.page;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TestScopedStyle {

  @Test
  void everyRuleIsForWhatLiesWithin() {
    String scoped =
        ScopedStyle.of(
            """
            :root {
              color-scheme: light dark;
              --ink: #000;
            }
            @media (prefers-color-scheme: dark) {
              :root { --ink: #fff; }
            }
            * { box-sizing: border-box; }
            body {
              margin: 0; background: var(--paper);
              color: var(--ink);
            }
            th, td.number { padding: 6px; }
            @media (max-width: 600px) {
              h1, main { font-size: 1.5rem; }
            }
            @media print {
              body { font-size: 11pt; }
            }
            """,
            ".piece");

    assertThat(scoped.replaceAll("\\s+", " "))
        .isEqualTo(
            ".piece {--ink: #000; } .piece * { box-sizing: border-box; }"
                + " .piece {background: var(--paper); color: var(--ink); }"
                + " .piece th, .piece td.number { padding: 6px; }"
                + " @media (max-width: 600px) { .piece h1, .piece { font-size: 1.5rem; } } ");
  }

  @Test
  void nothingOfThePagesStyleReachesOutside() {
    String scoped = ScopedStyle.of(PageFrame.stylesheet(), ".rankwise");

    assertThat(scoped.lines().filter(line -> line.contains("{") && !line.startsWith("@media")))
        .hasSizeGreaterThan(100)
        .allMatch(line -> line.strip().startsWith(".rankwise"));
    assertThat(scoped).contains("--main: #0063a6").doesNotContain("prefers-color-scheme");
  }
}
