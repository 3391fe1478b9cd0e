package dev.rankwise.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.image.PngFile;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;
import dev.rankwise.pipeline.evaluate.Metrics;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

final class TestReportPage {
  private static final List<String> SECTIONS =
      List.of("result", "evaluation", "training", "cost", "data", "card", "provenance");
  private static final String HOSTILE = "</td><script>alert('x')</script> & \"quoted\"";

  /** Runs of every kind: usual, tiny, huge, failed, without figures. */
  static Stream<RunReport> kinds() {
    return Stream.of(
        ReportFixture.quickStart().report(),
        ReportFixture.quickStart().steps(1).numberedLabels(2).report(),
        ReportFixture.quickStart().steps(2).numberedLabels(200).report(),
        ReportFixture.quickStart().steps(100_000).report(),
        ReportFixture.quickStart().lossAtStepSix(Double.NaN).withoutMemory().report(),
        ReportFixture.quickStart().decisions(1).report(),
        ReportFixture.quickStart().decisions(200).report(),
        ReportFixture.quickStart().without(EvaluatedModel.FROZEN_BASE).report(),
        ReportFixture.quickStart().without(EvaluatedModel.ADAPTER).report(),
        notEvaluated().report(),
        pictured(1).report(),
        seeing(),
        hostile().report());
  }

  /** A classifier of pictures: small ones are shown larger, large ones smaller. */
  private static ReportFixture pictured(int pictures) {
    List<SamplePrediction> samples = new ArrayList<>();
    for (int side : new int[] {16, 64, 224}) {
      List<byte[]> files = new ArrayList<>();
      for (int i = 0; i < pictures; i++) {
        byte[] colours = new byte[side * side * 3];
        for (int place = 0; place < colours.length; place++) {
          colours[place] = (byte) (place * 37 / side + i * 90);
        }
        files.add(PngFile.compressed(side, colours));
      }
      samples.add(
          new SamplePrediction("<image>name of the icon:", "anchor", "bird", "anchor", files));
    }
    return ReportFixture.quickStart().samples(samples);
  }

  /** A decoder that sees, with several pictures in a text. */
  private static RunReport seeing() {
    Metrics base =
        new LanguageMetrics(
            40, new TargetScores(1_000 * Math.log(80), 90, 1_000, 1, 40, List.of()));
    Metrics tuned =
        new LanguageMetrics(
            40, new TargetScores(1_000 * Math.log(20), 300, 1_000, 18, 40, List.of()));
    return ReportFixture.evaluated(
        pictured(9).report(),
        Map.of(EvaluatedModel.FROZEN_BASE, base, EvaluatedModel.ADAPTER, tuned));
  }

  @Test
  void picturesOfRowsStandInThePage() throws Exception {
    Document labelled = parsed(ReportPage.of(pictured(1).report()));
    assertThat(elements(labelled, "img"))
        .hasSize(3)
        .allSatisfy(
            image ->
                assertThat(image.getAttribute("src"))
                    .startsWith("data:image/png;base64,iVBORw0KGgo"))
        .extracting(image -> image.getAttribute("class"))
        .containsExactly("enlarged", "enlarged", "reduced");
    assertThat(texts(labelled.getDocumentElement(), "th")).contains("Picture");
    assertThat(elements(parsed(ReportPage.of(seeing())), "img")).hasSize(27);
    assertThat(elements(parsed(ReportPage.of(ReportFixture.quickStart().report())), "img"))
        .isEmpty();
  }

  private static ReportFixture notEvaluated() {
    return ReportFixture.quickStart()
        .without(EvaluatedModel.FROZEN_BASE)
        .without(EvaluatedModel.ADAPTER)
        .samples(List.of());
  }

  private static ReportFixture hostile() {
    String endless = "w".repeat(700);
    return ReportFixture.quickStart()
        .labels(List.of(HOSTILE, endless, "\u0000\uD800 broken \u202E reversed", "plain"))
        .task(HOSTILE + " " + endless)
        .recipe("key: " + HOSTILE + "\n" + endless)
        .outcome(
            new RunOutcome(
                "stopped", 9, HOSTILE, Instant.EPOCH, Instant.parse("1970-01-01T05:00:00Z")))
        .samples(List.of(new SamplePrediction(HOSTILE + endless, endless, "", HOSTILE)));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyPageIsWellFormedAndWhole(RunReport report) throws Exception {
    String page = ReportPage.of(report);
    Document document = parsed(page);
    List<Element> sections = elements(document, "section");
    assertThat(sections).extracting(section -> section.getAttribute("id")).isEqualTo(SECTIONS);
    assertThat(sections)
        .allSatisfy(section -> assertThat(texts(section, "h2")).hasSize(1))
        .allSatisfy(section -> assertThat(texts(section, "p")).isNotEmpty());
    assertThat(elements(document, "script")).isEmpty();
    assertThat(page.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(1_500_000);
    assertThat(page).doesNotContain("NaN", "Infinity", "null");
    assertThat(ReportPage.of(report)).isEqualTo(page);
  }

  @Test
  void theRankOfEachModuleStandsInItsStep() throws Exception {
    Document document = parsed(ReportPage.of(ReportFixture.quickStart().decisions(20).report()));
    List<String> headings = elements(document, "th").stream().map(Element::getTextContent).toList();
    assertThat(headings).contains("Step 1", "Step 20", "layer.<1>.attention.self.value");
    Element row =
        elements(document, "tr").stream()
            .filter(tr -> tr.getTextContent().contains("layer.0.attention.self.query"))
            .findFirst()
            .orElseThrow();
    assertThat(texts(row, "td")).startsWith("3").endsWith("2");
    List<String> titles =
        elements(document, "title").stream().map(Element::getTextContent).toList();
    assertThat(titles)
        .contains(
            "layer.0.attention.self.query, Step 1 to Step 11: 3 of 3",
            "layer.0.attention.self.query, Step 12 to Step 20: 2 of 3",
            "Orthogonality term");
    assertThat(ReportPage.of(ReportFixture.quickStart().report()))
        .doesNotContain("Where rank went", "Triplets left", "Orthogonality term");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyPictureHasATitleAndEveryIdentifierIsUsedOnce(RunReport report) throws Exception {
    Document document = parsed(ReportPage.of(report));
    for (Element drawing : elements(document, "svg")) {
      if (drawing.getAttribute("role").equals("img")) {
        assertThat(drawing.getFirstChild().getNodeName()).isEqualTo("title");
      }
    }
    List<String> identifiers = new ArrayList<>();
    for (Element element : elements(document, "*")) {
      if (element.hasAttribute("id")) {
        identifiers.add(element.getAttribute("id"));
      }
      for (String name : element.getAttribute("aria-labelledby").split(" ")) {
        assertThat(name.isEmpty() || page(document).contains("id=\"" + name + "\"")).isTrue();
      }
    }
    assertThat(identifiers).doesNotHaveDuplicates();
  }

  private static String page(Document document) {
    StringBuilder all = new StringBuilder();
    elements(document, "*")
        .forEach(element -> all.append("id=\"").append(element.getAttribute("id")).append('"'));
    return all.toString();
  }

  @Test
  void nothingIsLoadedFromAnywhere() throws Exception {
    Document document = parsed(ReportPage.of(ReportFixture.quickStart().report()));
    for (Element element : elements(document, "*")) {
      assertThat(element.getAttribute("src")).isEmpty();
      assertThat(element.getAttribute("href")).isIn("", "data:,");
    }
    assertThat(ReportPage.of(ReportFixture.quickStart().report()))
        .contains("default-src &#39;none&#39;")
        .doesNotContain("@import", "https://")
        .doesNotContainPattern("url\\((?!#)");
  }

  @Test
  void whatUsersWroteIsNeverMarkup() throws Exception {
    String page = ReportPage.of(hostile().report());
    assertThat(page)
        .doesNotContain("<script")
        .contains("&lt;/td&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
    Document document = parsed(page);
    assertThat(texts(document.getDocumentElement(), "h1"))
        .singleElement()
        .asString()
        .startsWith(HOSTILE)
        .hasSize(120);
    assertThat(elements(document, "th"))
        .extracting(head -> head.getAttribute("title"))
        .contains(HOSTILE, "w".repeat(700), "\uFFFD\uFFFD broken \u202E reversed");
    assertThat(texts(document.getDocumentElement(), "bdi")).contains("w".repeat(47) + "…");
  }

  @Test
  void headlineNamesWhatMatters() throws Exception {
    RunReport report = ReportFixture.quickStart().report();
    String before = percent(report.classifiers().get(EvaluatedModel.FROZEN_BASE).accuracy());
    String after = percent(report.classifiers().get(EvaluatedModel.ADAPTER).accuracy());
    String result = sections(report).get(0).getTextContent();
    assertThat(result)
        .contains("the tuned model gets " + after + " right")
        .contains("the frozen base with a trained classifier " + before)
        .contains("better by")
        .contains("1.32 M", "5.8 % of the base", "3 min 41 s", "5.31 MB", "8,000");
  }

  @Test
  void saysWhatWasTrainedWhereNoAdapterIs() {
    assertThat(ReportPage.of(ReportFixture.quickStart().leavingABase("full").report()))
        .contains("Every weight of it was trained", "full: every weight is trained");
    assertThat(ReportPage.of(ReportFixture.quickStart().leavingABase("none").report()))
        .contains("stayed frozen; only modules", "none: only modules kept in full are trained")
        .doesNotContain("very weight");
  }

  @Test
  void headlineIsHonestAboutWhatIsMissing() {
    assertThat(ReportPage.of(ReportFixture.quickStart().without(EvaluatedModel.ADAPTER).report()))
        .contains("the frozen base gets");
    assertThat(ReportPage.of(notEvaluated().report()))
        .contains("Nothing was evaluated. The training loss went from");
    assertThat(ReportPage.of(notEvaluated().steps(1).report())).contains("in 1 step.");
    assertThat(ReportPage.of(notEvaluated().steps(0).report()))
        .contains("No step was trained and nothing was evaluated.");
    assertThat(ReportPage.of(hostile().report()))
        .contains("✕ stopped", "(exit code 9)", "5 h 00 min", "none was written");
  }

  @Test
  void headlineDoesNotHideWhatTuningSpoilt() {
    assertThat(
            ReportPage.of(
                ReportFixture.quickStart().accuracy(EvaluatedModel.ADAPTER, 0.3).report()))
        .contains("Tuning made it worse by");
    RunReport usual = ReportFixture.quickStart().report();
    ClassificationMetrics same = usual.classifiers().get(EvaluatedModel.ADAPTER);
    assertThat(
            ReportPage.of(
                ReportFixture.evaluated(
                    usual, Map.of(EvaluatedModel.FROZEN_BASE, same, EvaluatedModel.ADAPTER, same))))
        .contains("Tuning made it neither better nor worse.");
  }

  @Test
  void aDecoderIsToldByItsPerplexity() {
    RunReport usual = ReportFixture.quickStart().report();
    Metrics base =
        new LanguageMetrics(
            40, new TargetScores(1_000 * Math.log(80), 90, 1_000, 1, 40, List.of()));
    Metrics tuned =
        new LanguageMetrics(
            40, new TargetScores(1_000 * Math.log(20), 300, 1_000, 18, 40, List.of()));

    String page =
        ReportPage.of(
            ReportFixture.evaluated(
                usual, Map.of(EvaluatedModel.FROZEN_BASE, base, EvaluatedModel.ADAPTER, tuned)));

    assertThat(page)
        .contains(
            "On 1,000 tokens of held-out rows the tuned model has a perplexity of 20, the base"
                + " alone one of 80. Tuning made it better.")
        .contains("30.0 %", "45.0 %", "base as it came")
        .doesNotContain("Macro F1");
    assertThat(
            ReportPage.of(
                ReportFixture.evaluated(
                    usual,
                    Map.of(EvaluatedModel.FROZEN_BASE, tuned, EvaluatedModel.ADAPTER, base))))
        .contains("Tuning made it worse.");
    assertThat(
            ReportPage.of(ReportFixture.evaluated(usual, Map.of(EvaluatedModel.FROZEN_BASE, base))))
        .contains("the base alone has a perplexity of 80.");
    assertThat(
            ReportPage.of(
                ReportFixture.evaluated(
                    usual,
                    Map.of(
                        EvaluatedModel.FROZEN_BASE,
                        base,
                        EvaluatedModel.FIRST_ADAPTER,
                        tuned,
                        EvaluatedModel.ADAPTER,
                        tuned))))
        .as("a second adapter is judged by where its training began")
        .contains(
            "and with the first adapter, where training began, one of 20. Tuning made it neither")
        .contains("before training, with the first adapter");
  }

  @Test
  void aPerfectModelHasNoMistakesToList() {
    RunReport usual = ReportFixture.quickStart().report();
    ClassificationMetrics perfect =
        ClassificationMetrics.of(
            ReportFixture.WORDNET, new int[] {0, 1, 2}, new int[] {0, 1, 2}, 0.1);
    assertThat(
            ReportPage.of(ReportFixture.evaluated(usual, Map.of(EvaluatedModel.ADAPTER, perfect))))
        .contains("There is not one mistake");
  }

  @Test
  void funnelShowsWhereEveryRowWent() throws Exception {
    String data = sections(ReportFixture.quickStart().report()).get(4).getTextContent();
    assertThat(data)
        .contains("82,192", "rejected: the text is empty", "812", "2,371", "69,009")
        .contains("3 texts were longer than the limit of 128 tokens and were cut there.");
  }

  @Test
  void dataWithoutABlemishIsSaidToBeSo() throws Exception {
    String data = sections(ReportFixture.quickStart().cleanData().report()).get(4).getTextContent();
    assertThat(data)
        .contains("rejected: 0", "72,192")
        .contains("No text is longer than the limit of 128 tokens, so nothing was cut.");
  }

  @Test
  void manyClassesAreListedInsteadOfDrawn() throws Exception {
    RunReport report = ReportFixture.quickStart().numberedLabels(200).report();
    Document document = parsed(ReportPage.of(report));
    assertThat(elements(document, "svg"))
        .noneMatch(drawing -> drawing.getAttribute("class").equals("heat"));
    assertThat(document.getDocumentElement().getTextContent())
        .contains("a map of all pairs would not be readable")
        .contains("160 rarer classes");
    assertThat(elements(parsed(ReportPage.of(ReportFixture.quickStart().report())), "svg"))
        .anyMatch(drawing -> drawing.getAttribute("class").equals("heat"));
  }

  @Test
  void loadOfExpertsIsShownByRouter() {
    String page =
        ReportPage.of(
            ReportFixture.quickStart()
                .routers("layers.0.mlp.gate_proj", "layers.1.mlp.gate_proj")
                .report());
    assertThat(page)
        .contains("Balance of experts", "Entropy of routers", "Load of experts by router")
        .contains("over the last 20 steps. Even load would be 50.0 % everywhere.")
        .contains("<title>layers.1.mlp.gate_proj, 0: 75.0 %</title>");
    assertThat(ReportPage.of(ReportFixture.quickStart().report())).doesNotContain("experts");
  }

  @Test
  void weightsOfExpertsAreShownByTask() {
    Map<String, List<Double>> here = Map.of("layers.0.mlp.up_proj", List.of(0.7, 0.3));
    Map<String, List<Double>> there = Map.of("layers.0.mlp.up_proj", List.of(0.2, 0.8));
    String page =
        ReportPage.of(
            ReportFixture.quickStart()
                .routers("layers.0.mlp.up_proj")
                .gates(Map.of("here", here, "there", there))
                .report());
    assertThat(page)
        .contains("Which expert does how much of a task")
        .contains("Weight of experts by router, task here")
        .contains("Weight of experts by router, task there")
        .contains("<title>layers.0.mlp.up_proj, 1: 80.0 %</title>");
  }

  @Test
  void lossesThatAreNoNumbersAreMarked() {
    String page = ReportPage.of(ReportFixture.quickStart().lossAtStepSix(Double.NaN).report());
    assertThat(page)
        .contains("✕ marks values that are not finite numbers (1)")
        .contains("In 1 of 250 steps the gradient was not used");
  }

  @Test
  void theCountryOfTheMachineDoesNotMatter() {
    Locale before = Locale.getDefault();
    String here = ReportPage.of(ReportFixture.quickStart().report());
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertThat(ReportPage.of(ReportFixture.quickStart().report())).isEqualTo(here);
    } finally {
      Locale.setDefault(before);
    }
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static List<Element> sections(RunReport report) throws Exception {
    return elements(parsed(ReportPage.of(report)), "section");
  }

  private static Document parsed(String page)
      throws IOException, SAXException, ParserConfigurationException {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(page)));
  }

  private static List<Element> elements(Document document, String name) {
    return elements(document.getElementsByTagName(name));
  }

  private static List<String> texts(Element parent, String name) {
    return elements(parent.getElementsByTagName(name)).stream()
        .map(Element::getTextContent)
        .toList();
  }

  private static List<Element> elements(NodeList nodes) {
    List<Element> found = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      found.add((Element) nodes.item(i));
    }
    return found;
  }
}
