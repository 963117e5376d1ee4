using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ActorRuntime.Configuration.Tests;

/// <summary>Goal: whatever the text, the reader answers with settings or an error that has a place. Method: random characters, tokens and
/// trees.</summary>
[Trait("Requirement", "AR-6")]
public sealed class HoconPropertyTests
{
    private static readonly string[] Words =
        ["a", "b", "a.b", "\"c.d\"", "=", ":", "{", "}", "[", "]", ",", "\n", "+=", "${a}", "${?b}", "${a.b}",
         "include", "\"x\"", "\"\"\"", "\"",
         "null", "on", "10ms", "#", "//", "$", "\\", " ", "1", ".", "\uFEFF", "\0", "é", "\uD800"];

    private static readonly Gen<string> Key = Gen.Elements("a", "b", "c", "x.y", "", "null", "include", "a b", "é\"\\\n");

    private static readonly Gen<string> Scalar =
        Gen.OneOf(Key, Gen.Elements("1", "true", "10 ms", "//", "${a}", "[", "\t", "\uD800"),
            ArbMap.Default.GeneratorFor<string>().Where(text => text is not null));

    [Fact]
    public void Any_characters_give_settings_or_an_error_with_a_place() =>
        Check(ArbMap.Default.GeneratorFor<char>().ArrayOf().Select(characters => new string(characters)), 2_000, Answers);

    [Fact]
    public void Any_tokens_give_settings_or_an_error_with_a_place() =>
        Check(Gen.Elements(Words).ArrayOf().Resize(60).Select(string.Concat), 5_000, Answers);

    [Fact]
    public void Settings_written_and_read_again_are_the_same() =>
        Check(Tree(3), 1_000, tree =>
        {
            var written = tree.ToString();
            return ConfigurationFactory.ParseString(written).ToString() == written
                && Same(ConfigurationFactory.ParseString(written).Root, tree.Root);
        });

    [Fact]
    public void Fallbacks_may_be_joined_in_any_grouping() =>
        Check(Tree(2).Four(), 2_000, four =>
        {
            var (a, b, c, d) = four;
            var fromTheTop = a.WithFallback(b).WithFallback(c).WithFallback(d);
            var fromBelow = a.WithFallback(b.WithFallback(c.WithFallback(d)));
            var inPairs = a.WithFallback(b).WithFallback(c.WithFallback(d));
            return Same(fromTheTop.Root, fromBelow.Root) && Same(fromTheTop.Root, inPairs.Root);
        });

    [Fact]
    public void Later_text_is_laid_over_earlier_text_like_a_fallback() =>
        Check(Tree(2).Two(), 1_000, two =>
        {
            var (lower, upper) = two;
            return Same(ConfigurationFactory.ParseString($"{lower}\n{upper}").Root, upper.WithFallback(lower).Root);
        });

    private static bool Answers(string text)
    {
        try
        {
            var config = ConfigurationFactory.ParseString(text, "node.conf");
            return Same(ConfigurationFactory.ParseString(config.ToString()).Root, config.Root);
        }
        catch (ConfigurationException e)
        {
            return e.Line >= 1 && e.Line <= 1 + text.Count(c => c == '\n');
        }
    }

    private static bool Same(HoconValue left, HoconValue right) => (left, right) switch
    {
        (HoconValue.Object l, HoconValue.Object r) =>
            l.Items.Count == r.Items.Count && l.Items.All(item => r.Items.TryGetValue(item.Key, out var other) && Same(item.Value, other)),
        (HoconValue.List l, HoconValue.List r) => l.Items.Count == r.Items.Count
            && l.Items.Zip(r.Items).All(two => Same(two.First, two.Second)),
        (HoconValue.Scalar l, HoconValue.Scalar r) => l.Text == r.Text,
        _ => left.GetType() == right.GetType(),
    };

    private static Gen<Config> Tree(int depth) => Object(depth).Select(value => new Config(new HoconRoot(value)));

    private static Gen<HoconValue> Object(int depth) =>
        Key.Zip(Value(depth - 1)).ListOf().Resize(5).Select(HoconValue (items) =>
        {
            var fields = new OrderedDictionary<string, HoconValue>();
            foreach (var (key, value) in items) fields[key] = value;
            return new HoconValue.Object(fields, Nowhere);
        });

    private static Gen<HoconValue> Value(int depth)
    {
        var simple = Scalar.Select(HoconValue (text) => new HoconValue.Scalar(text, Nowhere));
        var none = Gen.Constant<HoconValue>(new HoconValue.Null(Nowhere));
        if (depth == 0) return Gen.Frequency((5, simple), (1, none));
        var list = Value(depth - 1).ListOf().Resize(4).Select(HoconValue (items) => new HoconValue.List([.. items], Nowhere));
        return Gen.Frequency((4, simple), (1, none), (2, list), (5, Object(depth)));
    }

    private static HoconOrigin Nowhere { get; } = new("nowhere", 1);

    private static void Check<T>(Gen<T> cases, int count, Func<T, bool> holds) =>
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(cases.ToArbitrary(), holds));
}
