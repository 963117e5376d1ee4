using ActorRuntime.Actor;
using Xunit;

namespace ActorRuntime.TestKit.Tests;

/// <summary>Says how an expectation fails that should.</summary>
internal static class Failing
{
    /// <summary>The text of the failure.</summary>
    public static string With(Action expectation) => Assert.Throws<ExpectationException>(expectation).Message;

    /// <inheritdoc cref="With(Action)"/>
    public static async Task<string> WithAsync(Func<Task> expectation) => (await Assert.ThrowsAsync<ExpectationException>(expectation)).Message;

    public static string With(string[] parts, Action expectation)
    {
        var text = With(expectation);
        Assert.All(parts, part => Assert.Contains(part, text, StringComparison.Ordinal));
        return text;
    }
}

/// <summary>A kit as a test class of any framework would have it, under virtual time unless told otherwise. Failures throw <see cref="ExpectationException"/>.</summary>
internal sealed class PlainKit : TestKitBase, IDisposable
{
    public PlainKit(string config = "actor-runtime.test.clock = auto")
        : base(ThrowingAssertions.Instance, Configuration.ConfigurationFactory.ParseString(config))
    {
    }

    public void Dispose() => Shutdown();

    /// <summary>Has the test actor get these, in this order.</summary>
    public void Get(params object[] messages)
    {
        foreach (var message in messages) TestActor.Tell(message);
    }
}

/// <summary>A test of the kit with a kit of its own.</summary>
public abstract class KitTest : IDisposable
{
    private readonly PlainKit _kit;

    protected KitTest(string config = "actor-runtime.test.clock = auto") => _kit = new PlainKit(config);

    protected TestKitBase Kit => _kit;

    protected static TimeSpan Ms(double ms) => TimeSpan.FromMilliseconds(ms);

    protected void Get(params object[] messages) => _kit.Get(messages);

    /// <summary>Sends <paramref name="message"/> to the test actor after a time.</summary>
    protected void GetLater(TimeSpan delay, object message, IActorRef? sender = null) =>
        Kit.Sys.Scheduler.ScheduleTellOnce(delay, Kit.TestActor, message, sender);

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _kit.Dispose();
    }
}
