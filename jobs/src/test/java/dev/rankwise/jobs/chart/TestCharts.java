package dev.rankwise.jobs.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Where the marks of a plot, a strip and a heat map lie. */
final class TestCharts {

  @Test
  void aLineGoesThroughItsPoints() {
    String drawn = plot(new Series("s", Ink.MAIN, new double[] {0, 5, 10}, new double[] {0, 4, 2}));
    assertThat(all(drawn, "<path d=\"([^\"]*)\"")).containsExactly("M0 170L500 0L1000 85");
    assertThat(all(drawn, "<desc[^>]*>([^<]*)<"))
        .containsExactly("height by place; 3 points, the highest value is 4");
    assertThat(drawn).contains(">title</title>", "aria-labelledby=\"i1 i2\"");
  }

  @Test
  void aPointAloneIsADotAndAGapIsACross() {
    String drawn =
        plot(new Series("s", Ink.MAIN, new double[] {0, 5, 10}, new double[] {2, Double.NaN, 4}));
    assertThat(all(drawn, "<circle cx=\"([^\"]*)\" cy=\"([^\"]*)\""))
        .containsExactly("0.000%", "100.000%");
    assertThat(all(drawn, ">✕</text>")).hasSize(1);
    assertThat(drawn).contains("✕ marks values that are not finite numbers (1)");
    assertThat(drawn).doesNotContain("<path", "There is no value");
  }

  @Test
  void dotsLieWhereTheirValuesAreAndTheirMeanIsMarked() {
    Markup markup = new Markup();
    Axis axis = new Axis(0, 10, 5);
    DotStrip.draw(
        markup, axis, List.of(new DotStrip.Dot(0, "a"), new DotStrip.Dot(10, "b")), "strip");
    DotStrip.marks(markup, axis, " %");
    String drawn = markup.finished();
    assertThat(all(drawn, "<circle cx=\"([^\"]*)\"")).containsExactly("3.000%", "97.000%");
    assertThat(all(drawn, "x1=\"([^\"]*)\"[^>]*class=\"whisker\"")).containsExactly("50.000%");
    assertThat(all(drawn, "x1=\"([^\"]*)\"[^>]*class=\"grid\"")).hasSize(3);
    assertThat(all(drawn, ">([^<]*)</text>")).containsExactly("0 %", "5 %", "10 %");

    Markup empty = new Markup();
    DotStrip.draw(empty, axis, List.of(), "strip");
    assertThat(empty.finished()).contains("<title>strip</title>").doesNotContain("whisker");
  }

  @Test
  void aPlotWithoutAValueSaysSo() {
    assertThat(plot(new Series("s", Ink.MAIN, new double[0], new double[0])))
        .contains("There is no value to draw", "0 points, the highest value is 0");
  }

  @Test
  void twoSeriesHaveALegendAndOneHasNone() {
    Series one = new Series("one", Ink.MAIN, new double[] {0, 5}, new double[] {1, 2});
    Series two = new Series("two", Ink.LETTERS, new double[] {0, 5}, new double[] {1, 2});
    Markup markup = new Markup();
    new Plot("t", "r", "a", "u").columns(one).line(two).draw(markup, Axis.whole(0, 10, 5));
    String drawn = markup.finished();
    assertThat(all(drawn, "</svg>(one|two)</span>")).containsExactly("one", "two");
    assertThat(all(drawn, "<rect x=\"([^\"]*)\" width=\"46.000%\""))
        .containsExactly("0.000%", "50.000%");
    assertThat(plot(one)).doesNotContain("legend");
  }

  @Test
  void columnsThatAreEmptyAreNotDrawn() {
    Series single = new Series("s", Ink.MAIN, new double[] {2}, new double[] {3});
    Series empty = new Series("s", Ink.MAIN, new double[] {0, 1}, new double[] {0, Double.NaN});
    Markup markup = new Markup();
    new Plot("t", "r", "a", "u").columns(single).draw(markup, Axis.whole(0, 10, 5));
    assertThat(all(markup.finished(), "<rect x=\"([^\"]*)\" width=\"9.200%\""))
        .containsExactly("20.000%");
    Markup nothing = new Markup();
    new Plot("t", "r", "a", "u").columns(empty).draw(nothing, Axis.whole(0, 10, 5));
    assertThat(nothing.finished()).doesNotContain("<rect");
  }

  @Test
  void barsLieWhereTheirSharesSay() {
    Markup markup = new Markup();
    new BarStrip(20)
        .lane(List.of(Bar.of(0.25, Ink.MAIN, "a"), new Bar(0.25, 0.5, Ink.LOST, "b")))
        .lane(Bar.of(0, Ink.PALE, "nothing"))
        .lane(Bar.of(Double.NaN, Ink.PALE, "no number"))
        .whisker(0.5, 0.75)
        .draw(markup);
    String drawn = markup.finished();
    assertThat(drawn).contains("height=\"64\"", "<title>a; b; nothing; no number</title>");
    assertThat(all(drawn, "<rect x=\"([^\"]*)\"")).containsExactly("0.000%", "25.000%");
    assertThat(all(drawn, "width=\"(\\d[^\"]*)\"")).containsExactly("25.000%", "50.000%");
    assertThat(all(drawn, "<line x1=\"([^\"]*)\" y1=\"54\" x2=\"75.000%\""))
        .containsExactly("50.000%");
  }

  @Test
  void heatFollowsTheShareOfTheRow() {
    Markup markup = new Markup();
    long[][] counts = {{1_500, 500}, {0, 0}};
    new HeatMap("map", "row", "column", List.of("a".repeat(30), "b"), counts).draw(markup);
    String drawn = markup.finished();
    assertThat(all(drawn, "class=\"cell right\" fill-opacity=\"([^\"]*)\""))
        .containsExactly("0.75", "0.00");
    assertThat(all(drawn, "class=\"cell wrong\" fill-opacity=\"([^\"]*)\""))
        .containsExactly("0.45");
    assertThat(drawn)
        .contains(
            "<title>" + "a".repeat(30) + "</title>" + "a".repeat(13) + "…",
            "taken for b: 500 of 2,000 (25.0 %)",
            "2 rows by 2 columns; 1,500 of 2,000 lie on the diagonal",
            ">1,500</text>");
  }

  @Test
  void sharesAreDarkByWhatACellCanHave() {
    Markup markup = new Markup();
    new ShareMap(
            "map",
            List.of("first", "second"),
            List.of("0", "1", "2"),
            List.of(List.of(0.75, 0.2, 0.05), List.of(1.0)),
            0.8)
        .draw(markup);
    String drawn = markup.finished();
    assertThat(all(drawn, "fill-opacity=\"([^\"]*)\""))
        .containsExactly("0.94", "0.25", "0.06", "1.00");
    assertThat(drawn).contains("<title>first, 1: 20.0 %</title>", ">5.0 %</text>");
    assertThat(all(drawn, "class=\"number on-dark\"")).hasSize(2);
  }

  @Test
  void smallCellsHoldShortNumbers() {
    List<String> labels = new ArrayList<>();
    long[][] counts = new long[30][30];
    for (int i = 0; i < 30; i++) {
      labels.add("class " + i);
      counts[i][i] = 1_234_567;
    }
    Markup markup = new Markup();
    new HeatMap("map", "row", "column", labels, counts).draw(markup);
    assertThat(all(markup.finished(), ">1.23 M</text>")).hasSize(30);
  }

  @Test
  void alikeNeighboursOfAShadedRowAreOneField() {
    Markup markup = new Markup();
    List<String> columns = List.of("Step 1", "Step 2", "Step 3");
    int[][] values = {{4, 4, 1}, {0, 3, 0}};
    String path = "encoder.layer.11." + "a".repeat(40);
    new ShadedGrid("ranks", "after", List.of(path, "b"), columns, values, 4).draw(markup);
    String drawn = markup.finished();
    assertThat(all(drawn, "fill-opacity=\"([^\"]*)\""))
        .containsExactly("1.00", "0.25", "0.00", "0.75", "0.00");
    assertThat(all(drawn, "<title>([^<]*of 4)</title>"))
        .startsWith(path + ", Step 1 to Step 2: 4 of 4", path + ", Step 3: 1 of 4");
    assertThat(drawn).contains(">…" + path.substring(path.length() - 43) + "<", ">after →<");
  }

  @Test
  void aShadedGridOfManyColumnsNamesAFew() {
    Markup markup = new Markup();
    List<String> columns = new ArrayList<>();
    int[][] values = new int[1][600];
    for (int column = 0; column < 600; column++) {
      columns.add("c" + column);
      values[0][column] = column % 3;
    }
    new ShadedGrid("many", "of", List.of("row"), columns, values, 2).draw(markup);
    String drawn = markup.finished();
    assertThat(all(drawn, "class=\"number\">(c[0-9]*)<")).startsWith("c0", "c56").hasSize(11);
    assertThat(all(drawn, "<g>")).hasSize(600);
  }

  private static String plot(Series series) {
    Markup markup = new Markup();
    new Plot("title", "reading", "place", "height").line(series).draw(markup, Axis.whole(0, 10, 5));
    return markup.finished();
  }

  private static List<String> all(String text, String pattern) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      found.add(matcher.groupCount() > 0 ? matcher.group(1) : matcher.group());
    }
    return found;
  }
}
