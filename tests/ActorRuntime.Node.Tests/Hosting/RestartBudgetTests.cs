using ActorRuntime.Node.Hosting;
using ActorRuntime.Util;
using Xunit;

namespace ActorRuntime.Node.Tests.Hosting;

public sealed class RestartBudgetTests
{
    [Fact]
    public void More_than_the_budget_within_a_minute_is_refused_and_later_allowed()
    {
        var budget = new RestartBudget(2);
        Assert.True(budget.TryTake(At(0)));
        Assert.True(budget.TryTake(At(30)));
        Assert.False(budget.TryTake(At(59)));
        Assert.True(budget.TryTake(At(60)));
        Assert.False(budget.TryTake(At(61)));
    }

    [Fact]
    public void Budget_of_zero_refuses_always() => Assert.False(new RestartBudget(0).TryTake(At(1)));

    private static MonotonicTime At(double seconds) => new(TimeSpan.FromSeconds(seconds).Ticks);
}
