using System.Globalization;
using Xunit;

namespace ActorRuntime.Configuration.Tests;

/// <summary>The deepest texts the limits allow fit the stack of a thread far smaller than any the runtime uses.</summary>
[Trait("Requirement", "AR-6")]
public sealed class BoundsTests
{
    private const int StackBytes = 512 * 1024;

    [Theory]
    [InlineData("objects")]
    [InlineData("lists")]
    [InlineData("keys")]
    [InlineData("substitutions")]
    [InlineData("substitutions of deep objects")]
    [InlineData("includes")]
    public void Deepest_text_fits_a_small_stack(string kind)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => Read(kind)), StackBytes);
        thread.Start();
        thread.Join();
        if (failure is not null) Assert.IsType<ConfigurationException>(failure);
        Assert.Equal(kind.StartsWith("substitutions", StringComparison.Ordinal), failure is not null);
    }

    private static void Read(string kind)
    {
        var max = HoconLimits.DepthMax;
        var config = kind switch
        {
            "objects" => Parse(Repeat("{a=", max - 1) + "1" + Repeat("}", max - 1), "x="),
            "lists" => Parse(Repeat("[", max - 1) + "1" + Repeat("]", max - 1), "x="),
            "keys" => Parse(Repeat("a.", max - 2) + "a=1", ""),
            "substitutions" => Parse(Chain(2 * HoconLimits.ResolvingMax, "1"), ""),
            "substitutions of deep objects" =>
                Parse(Chain(HoconLimits.ResolvingMax, Repeat("{a=", max - 2) + "${b0}" + Repeat("}", max - 2)) + "b0=1", ""),
            _ => ConfigurationFactory.Parse("include \"1\"", "0", Include, HoconOptions.None),
        };
        Assert.Equal(config.ToString(), config.WithFallback(Parse(config.ToString(), "")).ToString());
    }

    private static HoconIncluded[] Include(HoconInclude include, HoconOrigin from)
    {
        var number = int.Parse(include.Name, CultureInfo.InvariantCulture);
        var text = number < 90 ? string.Create(CultureInfo.InvariantCulture, $"a {{ include \"{number + 1}\" }}") : "b=1";
        return [new HoconIncluded(include.Name, text, null)];
    }

    private static string Chain(int length, string end) =>
        string.Concat(Enumerable.Range(0, length).Select(i => string.Create(CultureInfo.InvariantCulture, $"a{i}=${{a{i + 1}}}\n")))
        + $"a{length}={end}\n";

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static Config Parse(string text, string before) => ConfigurationFactory.ParseString(before + text);
}
