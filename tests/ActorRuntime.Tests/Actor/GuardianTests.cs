using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using Xunit;

namespace ActorRuntime.Tests.Actor;

[Trait("Requirement", "AR-1")]
public sealed class GuardianTests() : ActorTest(BootstrapSetup.Create().WithConfig(Strategy("ActorRuntime.Actor.StoppingSupervisorStrategy")))
{
    [Fact]
    public void The_strategy_for_top_level_actors_is_named_in_the_configuration()
    {
        var actor = System.ActorOf(FunctionActor.Props((_, _) => throw new InvalidOperationException("broken")));
        actor.Tell("x");
        Run();
        Assert.True(((IInternalActorRef)actor).IsTerminated);
    }

    [Theory]
    [InlineData("No.Such, Class")]
    [InlineData("System.String")]
    public void A_class_that_is_none_is_refused_at_the_start(string name)
    {
        var refusal = Assert.Throws<ConfigurationException>(() => ActorSystem.Create("refused", Strategy(name)));
        Assert.Contains("guardian-supervisor-strategy", refusal.Message, StringComparison.Ordinal);
    }

    private static Config Strategy(string name) => ConfigurationFactory.ParseString($"actor-runtime.actor.guardian-supervisor-strategy = \"{name}\"");
}
