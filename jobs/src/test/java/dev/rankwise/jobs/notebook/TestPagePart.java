package dev.rankwise.jobs.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.page.PageFrame;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestPagePart {
  private static String page() {
    return PageFrame.around(
        "a < b",
        page ->
            page.open("header")
                .element("h1", "Title")
                .close()
                .open("section", "id", "one")
                .element("p", "x < \"y\" & z", "class", "note")
                .leaf("img", "src", "data:image/png;base64,AAAA", "alt", "")
                .close()
                .open("section", "id", "two")
                .open("svg")
                .leaf("path", "d", "M0 0")
                .close()
                .close());
  }

  private static String copy(String page, String... sections) {
    Markup into = new Markup();
    PagePart.copy("report.html of run", page, List.of(sections), into);
    return into.finished();
  }

  @Test
  void copiesSectionsInTheOrderThatIsAskedFor() {
    assertThat(copy(page(), "two", "headline", "one"))
        .isEqualTo(
            "<section id=\"two\"><svg><path d=\"M0 0\"></path></svg></section>"
                + "<header><h1>Title</h1></header>"
                + "<section id=\"one\"><p class=\"note\">x &lt; &quot;y&quot; &amp; z</p>"
                + "<img src=\"data:image/png;base64,AAAA\" alt=\"\"/></section>");
  }

  @Test
  void refusesASectionThatIsNotThere() {
    assertThatThrownBy(() -> copy(page(), "one", "three"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "No section \"three\" in report.html of run (it has headline, one, two); name one of"
                + " these");
  }

  @ParameterizedTest
  @CsvSource({
    "<script>alert(1)</script>, it has an element \"script\"",
    "<p onclick='alert(1)'>x</p>, it has an attribute \"onclick\"",
    "<svg><path ONLOAD='alert(1)'/></svg>, it has an attribute \"ONLOAD\"",
    "<img src='https://example.org/x.png'/>, it has an attribute \"src\"",
    "<p style='position:fixed'>x</p>, it has an attribute \"style\"",
    "<div><iframe/></div>, it has an element \"iframe\"",
    "<p>, it is no XML"
  })
  void whatNoPageOfOursHasDoesNotPass(String content, String why) {
    String page = "<!DOCTYPE html>\n<html><section id=\"one\">" + content + "</section></html>";
    assertThatThrownBy(() -> copy(page, "one"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "report.html of run is no page that Rankwise wrote: %s; run what should have written it"
                + " again",
            why);
  }

  @Test
  void noFileIsReadForAnEntity() {
    String page =
        "<!DOCTYPE html [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>"
            + "<html><section id=\"one\"><p>&x;</p></section></html>";
    assertThatThrownBy(() -> copy(page, "one"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it is no XML");
  }
}
