package dev.rankwise.datasets.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.template.TemplateException.Kind;
import dev.rankwise.models.failure.InternalException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates written to harm: each ends with a named failure, never with one of Java's. */
final class TestHostileTemplates {
  private static final TemplateBounds SMALL = new TemplateBounds(100_000, 10_000);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.__class__ }}",
        "{{ m.__init__.__globals__ }}",
        "{{ x.getClass() }}",
        "{{ x.class.forName('java.lang.Runtime') }}",
        "{{ __import__('os') }}",
        "{{ l.append(1) }}",
        "{{ l.wait() }}",
        "{{ s.format(1) }}",
        "{{ s|attr('length') }}",
        "{{ s|xmlattr }}",
        "{{ s is filter }}",
        "{% include 'file:///etc/passwd' %}",
        "{% import 'a' as a %}",
        "{% extends 'a' %}",
        "{% block a %}{% endblock %}",
        "{% call a() %}{% endcall %}",
        "{% do l.append(1) %}",
        "{% for i in l recursive %}{% endfor %}",
        "{% set x | upper %}a{% endset %}",
        "{{ f(*l) }}",
        "{{ 99999999999999999999 }}",
        "{% macro a() %}{% generation %}x{% endgeneration %}{% endmacro %}",
        "{% generation %}x{% generation %}y{% endgeneration %}{% endgeneration %}",
        "{% if s == 'never' %}{{ strftime_now('%Y') }}{% endif %}",
        "{% macro a() %}{{ b() }}{% endmacro %}",
        "{{ '\\N{BULLET}' }}",
        "{{ '\\101' }}"
      })
  void whatIsOutsideIsNamedBeforeAnythingRuns(String source) {
    boolean byTheCall = source.contains("forName");
    assertThatThrownBy(() -> ChatTemplate.of(source))
        .isInstanceOfSatisfying(
            TemplateException.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(Kind.OUTSIDE);
              assertThat(failure)
                  .hasMessageMatching("line 1 uses .+, which is not read here")
                  .hasMessageContaining(byTheCall ? "forName" : "");
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '`',
      value = {
        "{{ s|tojson(cls=1) }}! the argument \"cls\" of the filter tojson",
        "{{ s|upper(1) }}! argument 1 of the filter upper",
        "{{ l|first(1) }}! argument 1 of the filter first",
        "{{ l|join('', none, 1) }}! argument 3 of the filter join",
        "{{ l|join('', d=1) }}! the argument \"d\" of the filter join",
        "{{ l|sort(by=1) }}! the argument \"by\" of the filter sort",
        "{{ s.find('e', 1) }}! argument 2 of the method find",
        "{{ s.count('e', 1) }}! argument 2 of the method count",
        "{{ s.startswith('e', 1) }}! argument 2 of the method startswith",
        "{{ s.endswith('e', 1) }}! argument 2 of the method endswith",
        "{{ s.strip(chars='e') }}! the argument \"chars\" of the method strip",
        "{{ s.upper(1) }}! argument 1 of the method upper",
        "{{ s.split(limit=1) }}! the argument \"limit\" of the method split",
        "{{ m.items(1) }}! argument 1 of the method items",
        "{{ m.get('a', 1, 2) }}! argument 3 of the method get",
        "{{ s is string(1) }}! argument 1 of the test string",
        "{{ s is eq(1, 2) }}! argument 2 of the test eq",
        "{{ s is eq(other=2) }}! the argument \"other\" of the test eq"
      })
  void argumentsThatAreNotTakenAreNamedBeforeAnythingRuns(String source, String named) {
    assertThatThrownBy(() -> ChatTemplate.of(source))
        .isInstanceOfSatisfying(
            TemplateException.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.OUTSIDE))
        .hasMessage("line 1 uses " + named + ", which is not read here");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ l|map('upper', 1)|list }}",
        "{{ l|map('round', mode=1)|list }}",
        "{{ l|map(attribute='a', other=1)|list }}",
        "{{ l|select('odd', 1)|list }}",
        "{{ l|select(other=1)|list }}",
        "{{ l|selectattr('a', 'eq', 1, 2)|list }}",
        "{{ range(stop=3) }}"
      })
  void argumentsOfWhatIsPassedOnAreFaults(String source) {
    assertFails(source, Kind.FAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 1.5|round(method='up') }}",
        "{{ ('1e999'|float)|round }}",
        "{{ '9'|int(base=1) }}",
        "{{ '99999999999999999999'|int }}",
        "{{ m|dictsort(by='size') }}",
        "{{ s|tojson(separators=',') }}",
        "{{ s|tojson(separators=(1, 2)) }}",
        "{{ [1] + (2,) }}"
      })
  void argumentsThatDoNotFitAreFaults(String source) {
    assertFails(source, Kind.FAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{",
        "{{ 1",
        "{% if",
        "{% if 1 %}",
        "{% for i in l %}",
        "{% endif %}",
        "{% else %}",
        "{# open",
        "{{ 'open }}",
        "{{ 1 + }}",
        "{{ (1 }}",
        "{{ [1 }}",
        "{{ {'a' 1} }}",
        "{{ a. }}",
        "{{ a[1 }}",
        "{{ | x }}",
        "{{ ? }}",
        "{{ 'a\\u12' }}",
        "{{ '\\UFFFFFFFF' }}",
        "{% break %}",
        "{% for in l %}{% endfor %}",
        "{% set = 1 %}",
        "{% macro %}{% endmacro %}",
        "{{ f(a b) }}",
        "{% for i in l %}{% macro a() %}{% break %}{% endmacro %}{% endfor %}",
        "{{ a is }}",
        "{{ a is eq }}",
        "{% if 1 %}{% endfor %}",
        "{{ \u0000 }}",
        "{{ 1 2 }}",
        "{% 1 %}"
      })
  void brokenTemplatesAreRefusedWithTheirLine(String source) {
    assertThatThrownBy(() -> ChatTemplate.of(source))
        .isInstanceOfSatisfying(
            TemplateException.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.SYNTAX))
        .hasMessageStartingWith("line 1: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}",
        "{{ range(1000000000) }}",
        "{{ range(-9223372036854775807, 9223372036854775807) | length }}",
        "{{ 'a' * 9999999999 }}",
        "{{ 'ab' * 2147483647 }}",
        "{{ '' * 9999999999 ~ 'a' * 10001 }}",
        "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor"
            + " %}",
        "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor"
            + " %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = n.x + n.x %}{% endfor"
            + " %}",
        "{% set n = namespace(x=[1]) %}{% for i in range(50) %}{% set n.x = [n.x, n.x] %}{% endfor"
            + " %}{{ n.x }}",
        "{% set n = namespace(x=[1]) %}{% for i in range(50) %}{% set n.x = [n.x, n.x] %}{% endfor"
            + " %}{{ n.x | tojson }}",
        "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(50) %}{% set n.x = [n.x, n.x] %}"
            + "{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
        "{% set n = namespace(x=[]) %}{% for i in range(9000) %}{% set n.x = [n.x] %}{% endfor %}"
            + "{{ n.x }}",
        "{% set n = namespace(x=[]) %}{% for i in range(9000) %}{% set n.x = [n.x] %}{% endfor %}"
            + "{{ n.x | tojson }}",
        "{% set n = namespace(x=[],y=[]) %}{% for i in range(9000) %}{% set n.x = [n.x] %}"
            + "{% set n.y = [n.y] %}{% endfor %}{{ n.x == n.y }}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% macro a(n) %}{{ a(n) ~ a(n) }}{% endmacro %}{{ a(1) }}",
        "{% for i in range(9999) %}xxxxxxxxxx{% endfor %}",
        "{% set x %}{% for i in range(9999) %}xxxxxxxxxx{% endfor %}{% endset %}",
        "{{ 'aaaaaaaaaa' | replace('a', 'b' * 5000) }}",
        "{{ ('x\\n' * 4000) | indent(9000) }}",
        "{{ 'a' | indent(999999999999) }}",
        "{{ range(9000) | join('x' * 100) }}",
        "{% for i in range(9000) %}{{ range(90000) | sort | first }}{% endfor %}",
        "{{ [1,2,3] | map('map', 'map', 'map') | list }}{{ range(99999) | list == range(99999) |"
            + " list }}{{ range(99999) | list == range(99999) | list }}"
      })
  void bombsEndWithinTheirBounds(String source) {
    assertFails(source, Kind.BOUND, Kind.FAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "[", "{1:", "-", "not ", "a(", "a[", "1 if "})
  void textsThatNestTooDeepAreRefused(String opening) {
    String source = "{{ " + opening.repeat(100_000) + "1";

    assertThatThrownBy(() -> ChatTemplate.of(source)).isInstanceOf(TemplateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% if 1 %}",
        "{% for i in l %}",
        "{% set x %}",
        "{% macro m() %}",
        "{% generation %}"
      })
  void blocksThatNestTooDeepAreRefused(String opening) {
    assertThatThrownBy(() -> ChatTemplate.of(opening.repeat(100_000)))
        .isInstanceOf(TemplateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {" + 1", " ~ 'a'", " and 1", " or 0", " | string", ".a", "[0]", " is none"})
  void chainsThatNestTooDeepEndWhenTheyRun(String link) {
    assertFails("{{ 1" + link.repeat(20_000) + " }}", Kind.BOUND);
  }

  @Test
  void longChainsOfElifAreRefused() {
    assertThatThrownBy(() -> ChatTemplate.of("{% if 1 %}" + "{% elif 1 %}".repeat(100_000)))
        .isInstanceOf(TemplateException.class);
  }

  @Test
  void tooLongATemplateIsNotParsed() {
    assertThatThrownBy(() -> ChatTemplate.of("x".repeat(2_000_000)))
        .isInstanceOfSatisfying(
            TemplateException.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.BOUND));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ nothing.a }}",
        "{{ nothing['a'] }}",
        "{{ nothing[0] }}",
        "{{ nothing[1:] }}",
        "{{ nothing.strip() }}",
        "{{ 1 + 'a' }}",
        "{{ 1 - none }}",
        "{{ 1 / 0 }}",
        "{{ 1 // 0 }}",
        "{{ 1 % 0 }}",
        "{{ 1.5 % 0 }}",
        "{{ 9223372036854775807 + 1 }}",
        "{{ 9 ** 99 }}",
        "{{ '%s' % 1 }}",
        "{{ 1 < 'a' }}",
        "{{ [1] < [2] }}",
        "{{ [1,'a']|sort }}",
        "{% set t = s %}{{ t() }}",
        "{{ {[1]: 2} }}",
        "{{ range() }}",
        "{{ range(1, 2, 0) }}",
        "{{ range('a') }}",
        "{{ s[::0] }}",
        "{{ s['a':] }}",
        "{{ 5[1:] }}",
        "{{ s.split('') }}",
        "{{ s.replace('', 'a') }}",
        "{{ s.split(none, 1) }}",
        "{{ s.keys() }}",
        "{{ l.items() }}",
        "{{ 5|length }}",
        "{{ 5|items }}",
        "{{ 5|list }}",
        "{{ l|map('nothing')|list }}",
        "{{ l|select('nothing')|list }}"
      })
  void operatorsAndMethodsThatDoNotFitAreFaults(String source) {
    assertFails(source, Kind.FAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ l|map }}",
        "{{ s.strip(1) }}",
        "{{ 1.5|round(99) }}",
        "{{ l|tojson(indent=99) }}",
        "{{ namespace(1) }}",
        "{{ namespace() }}",
        "{{ namespace()|tojson }}",
        "{% set a, b = [1] %}",
        "{% set l.a = 1 %}",
        "{% for a, b in [[1]] %}{% endfor %}",
        "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}",
        "{% macro m(a) %}{% endmacro %}{{ m(b=2) }}",
        "{{ 'a' in 5 }}",
        "{{ 5 in 'a' }}",
        "{{ s is odd }}",
        "{{ 'a'|join(1, attribute='b.c') }}",
        "{{ s.count() }}",
        "{{ l.count() }}",
        "{{ loop.index.a.b }}"
      })
  void filtersAndTagsThatDoNotFitAreFaults(String source) {
    assertFails(source, Kind.FAULT);
  }

  @Test
  void aFunctionThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> render("\n{{ strftime_now('%Y') }}"))
        .isInstanceOfSatisfying(
            TemplateException.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.OUTSIDE))
        .hasMessage("line 2 uses the function strftime_now, which is not read here");
  }

  @Test
  void aRefusalDoesNotRepeatTheTemplatesWords() {
    assertThatThrownBy(() -> render("{{ raise_exception('secret') }}"))
        .isInstanceOfSatisfying(
            TemplateException.class, failure -> assertThat(failure.kind()).isEqualTo(Kind.REFUSED))
        .hasMessage("it refuses the conversation");
  }

  @Test
  void messagesNameKindsOfValuesButNotTheValues() {
    assertThatThrownBy(() -> render("{{ 'private' - 1 }}"))
        .hasMessage("\"-\" does not go with a text and a number");
    assertThatThrownBy(() -> render("{{ l.a.b }}")).hasMessage("\"a\" is undefined");
  }

  @Test
  void boundsGrowWithTheConversation() {
    TemplateBounds bounds = TemplateBounds.of(3, 10);

    assertThat(bounds.work()).isEqualTo(1_003_020);
    assertThat(bounds.workOfARow()).isEqualTo(100_302_000);
    assertThat(bounds.atMost(7).work()).isEqualTo(7);
    assertThat(bounds.atMost(1L << 60)).isEqualTo(bounds);
  }

  @Test
  void boundsArePositive() {
    assertThatThrownBy(() -> new TemplateBounds(0, 1)).isInstanceOf(InternalException.class);
    assertThatThrownBy(() -> new TemplateBounds(1, 0)).isInstanceOf(InternalException.class);
  }

  @Test
  void aMemberThatIsNotTextIsNoDoorToJava() {
    assertThat(render("{{ s.bytes is defined }}{{ l.size is defined }}{{ m.entrySet is defined }}"))
        .isEqualTo("FalseFalseFalse");
  }

  private static void assertFails(String source, Kind... kinds) {
    assertThatThrownBy(() -> render(source))
        .isInstanceOfSatisfying(
            TemplateException.class, failure -> assertThat(failure.kind()).isIn((Object[]) kinds));
  }

  private static String render(String source) {
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("s", "text");
    variables.put("l", List.of(1L, 2L));
    variables.put("m", Map.of("a", 1L));
    return ChatTemplate.of(source).render(variables, SMALL).text();
  }
}
