using ActorRuntime.Simulation.Linearizability;
using ActorRuntime.Util;

namespace ActorRuntime.Simulation.Tests.Linearizability;

public sealed class CallSetTests
{
    private const int NumbersMax = 200;

    /// <summary>Goal: the set of words is a set of numbers. Method: random changes to two of them, each compared with a SortedSet.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_changes_are_those_of_a_set(ulong seed)
    {
        var random = new Prng(seed);
        var (first, second) = (default(CallSet), default(CallSet));
        SortedSet<int> firstNumbers = [], secondNumbers = [];
        for (var step = 0; step < 700; step++)
        {
            Change(ref first, firstNumbers);
            if (random.Chance(3)) (second, secondNumbers) = (first, [.. firstNumbers]);
            if (random.Chance(30)) Change(ref second, secondNumbers);

            Assert.Equal(firstNumbers, Enumerable.Range(0, NumbersMax + 100).Where(first.Contains));
            Assert.Equal(firstNumbers.Count, first.Count);
            Assert.Equal(firstNumbers.IsSubsetOf(secondNumbers), first.IsSubsetOf(second));
            Assert.Equal(secondNumbers.IsSubsetOf(firstNumbers), second.IsSubsetOf(first));
            Assert.Equal(firstNumbers.SetEquals(secondNumbers), first.Equals(second));
            if (first.Equals(second)) Assert.Equal(first.GetHashCode(), second.GetHashCode());
        }

        void Change(ref CallSet set, SortedSet<int> numbers)
        {
            // Few numbers for a while, many for a while, so that words come and go.
            var number = (int)(random.Next() % NumbersMax);
            if (random.Chance(60) || numbers.Count == 0)
            {
                set = set.With(number);
                numbers.Add(number);
                return;
            }
            var removed = random.Chance(80) ? numbers.Max : number;
            set = set.Without(removed);
            numbers.Remove(removed);
        }
    }
}
