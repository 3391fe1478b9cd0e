package dev.rankwise.jobs.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import org.junit.jupiter.api.Test;

final class TestMarkup {

  @Test
  void textAndAttributesAreEscaped() {
    assertThat(new Markup().element("p", "<b> & \"c\" 'd'", "title", "\"><script>").finished())
        .isEqualTo(
            "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;</p>");
  }

  @Test
  void whatXmlDoesNotAllowIsReplaced() {
    assertThat(new Markup().text("a\u0000\u001b\u007f\u0085\ud800b\udc00\uffff").finished())
        .isEqualTo("a\ufffd\ufffd\ufffd\ufffd\ufffdb\ufffd\ufffd");
    assertThat(new Markup().text("tab\tline\n😀 e\u0301 \u00a0").finished())
        .isEqualTo("tab\tline\n😀 e\u0301 \u00a0");
    assertThat(new Markup().text("\ud83d").finished()).isEqualTo("\ufffd");
  }

  @Test
  void elementsCloseInTheirOrder() {
    assertThat(
            new Markup().open("a").open("b", "c", "1").leaf("d").close().line().close().finished())
        .isEqualTo("<a><b c=\"1\"><d/></b>\n</a>");
  }

  @Test
  void identifiersAreNeverUsedTwice() {
    Markup markup = new Markup();
    assertThat(markup.newIdentifier()).isNotEqualTo(markup.newIdentifier());
  }

  @Test
  void anOpenElementIsABug() {
    assertThatThrownBy(() -> new Markup().open("section").finished())
        .isInstanceOf(InternalException.class)
        .hasMessage("The element \"section\" was never closed");
  }

  @Test
  void aStylesheetMayNotEndItself() {
    assertThat(new Markup().style("a > b { c: d }").finished())
        .isEqualTo("<style>a > b { c: d }</style>");
    assertThatThrownBy(() -> new Markup().style("</style>"))
        .isInstanceOf(InternalException.class)
        .hasMessage("A stylesheet may hold neither \"<\" nor \"&\"");
    assertThatThrownBy(() -> new Markup().style("a&b")).isInstanceOf(InternalException.class);
  }
}
